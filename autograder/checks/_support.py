"""Shared by several hidden checks: unchanged arguments, inputs away from kinks, values computed here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.checking import Array, Observation, Session

NOT_A_RESULT = "the function returned zeros or one of its arguments unchanged, and not a result"
"""Asked of every function whose outputs are only compared with each other, since starters return zeros or their arguments."""
LARGE_S = 3.0
"""Seconds for a gradient of about 300,000 entries: plain loops need less than one, differences entry by entry more than thirty."""


GAP = 2e-3
"""The distance that a value before a ReLU keeps from zero."""


def away_from_kinks(draw: Callable[[], tuple[Array, ...]], activations: Callable[..., Array]) -> tuple[Array, ...]:
    """Draw inputs until every value before the ReLU keeps `GAP` away from zero, and one of them passes it."""
    while True:
        inputs = draw()
        if keep_away(activations(*inputs)):
            return inputs


def keep_away(values: Array) -> bool:
    """Whether values before a ReLU keep away from zero, and one of them passes."""
    return bool(np.abs(values).min() > GAP and values.max() > 0)


def observe(s: Session, name: str, value: Array, *, large: bool = False) -> None:
    """Look at a value that the check computed from what it fetched, such as the difference of two losses.

    Parameters
    ----------
    large : whether it comes from a large input, which only marks depend on.
    """
    s.seen.append(Observation(name, np.asarray(value), large=large))
