"""What several hidden checks share: an argument left alone, inputs away from kinks, values worked out here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.checking import Array, Observation, Ref, Session

LARGE_S = 3.0
"""Seconds for a gradient of some 300,000 entries: plain loops need less than one, differences entry by entry more than thirty."""


def leaves_alone(s: Session, name: str, value: Array, call: Callable[[Ref], Ref]) -> None:
    """Require that ``call`` gives a result of its own and does not write into its argument.

    Parameters
    ----------
    name : what the argument is called.
    value : the argument. ``call`` gets a reference to it and returns one to a result of the same shape.
    """
    ref = s.put(value)
    result = s.array(call(ref))
    s.require(
        result.size == value.size and bool((result.ravel() != value.ravel()).any() and result.any()), "the function must return its result"
    )
    s.unchanged(name, ref, value)


def away_from_kinks(draw: Callable[[], tuple[Array, ...]], activations: Callable[..., Array], gap: float = 2e-3) -> tuple[Array, ...]:
    """Draw inputs until every value before the ReLU keeps ``gap`` away from zero."""
    while True:
        inputs = draw()
        if np.abs(activations(*inputs)).min() > gap:
            return inputs


def observe(s: Session, name: str, value: Array, *, large: bool = False) -> None:
    """Look at a value that the check worked out from what it fetched, such as the difference of two losses.

    Parameters
    ----------
    large : whether it comes from a large input, which only marks depend on.
    """
    s.seen.append(Observation(name, np.asarray(value), large=large))
