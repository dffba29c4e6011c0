"""Whether a wrong gradient is right for the student's own forward pass.

This is tried only if the gradient differs from the reference's. The forward pass runs again with its inputs moved along random
directions, and the difference is taken here: first in the process of the check, which is quick, then again with each call
in its own process. There the student's code knows neither the original inputs, nor the upstream gradient, nor what its backward
pass has claimed, so its answer depends only on its arguments. The manifest decides what such a gradient earns, and
`autograder.engine.scores` whether the forward pass was a real attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Array, Call, Observation, Observed, Ref, Session
from autograder.engine.judge import squeezed

DIRECTIONS = 2
STEPS = (1e-5, 1e-6)
AGREE = 1e-4
TRIVIAL = 1e-6
"""A gradient this much smaller than the reference's, or a derivative of zero, is not an attempt."""


ItemPath = tuple[tuple[str, str | int], ...]
Forward = Callable[[Call, tuple[Any, ...], ItemPath], Array]
"""Makes a call again with other arguments, and returns the part of its result at that path."""


@dataclass(frozen=True)
class _Pair:
    """A gradient, and the call whose output it is the gradient of."""

    forward: Call
    argument: int
    output: ItemPath
    upstream: Array | float


@dataclass(frozen=True)
class Claim:
    """Wrong gradients of a check that are right for one forward function of the student's, as far as its own process shows."""

    forward: str
    gradients: tuple[tuple[_Pair, Array], ...]
    number: int
    """Seed of the directions."""

    def holds(self, forward: Forward) -> bool:
        """Whether a second test agrees, with calls that earlier student code cannot have prepared."""
        rng = np.random.default_rng(self.number)
        return all(_agrees(forward, pair, g, rng.standard_normal(g.shape)) for pair, g in self.gradients)


def own_forward(session: Session, expected: Sequence[Observed], seen: Sequence[Observed], right: Sequence[bool]) -> Claim | None:
    """The forward function of which every wrong output of a check is the right gradient; None if there is none.

    Parameters
    ----------
    session : the failed check's over the submission, its process still running.
    expected : what the check observed for the reference.
    seen : what it observed for the submission.
    right : for each observation, whether the two agree.
    """
    wrong = [i for i, holds in enumerate(right) if not holds]
    if len(seen) != len(expected) or not wrong:
        return None
    found: list[tuple[_Pair, Array]] = []
    for i in wrong:
        own = _own(session, expected[i], seen[i])
        if own is None:
            return None
        found.append(own)
    names = {str(pair.forward.target) for pair, _ in found}
    return Claim(names.pop(), tuple(found), len(session.calls) + 1) if len(names) == 1 else None


def _own(session: Session, want: Observed, have: Observed) -> tuple[_Pair, Array] | None:
    """The call that one wrong output is the gradient of, and that gradient."""
    if not isinstance(want, Observation) or not isinstance(have, Observation) or squeezed(want.value.shape) != squeezed(have.value.shape):
        return None
    pair = _pair(session, have.source)
    if pair is None:
        return None
    x = pair.forward.args[pair.argument]
    gradient = have.value.astype(np.float64)
    attempted = np.linalg.norm(gradient) > TRIVIAL * np.linalg.norm(want.value)
    if squeezed(gradient.shape) != squeezed(x.shape) or not np.isfinite(gradient).all() or not attempted:
        return None
    gradient = gradient.reshape(x.shape)
    rng = np.random.default_rng(len(session.calls))
    agrees = all(_agrees(_here(session), pair, gradient, rng.standard_normal(x.shape)) for _ in range(DIRECTIONS))
    return (pair, gradient) if agrees else None


def _here(session: Session) -> Forward:
    def forward(call: Call, args: tuple[Any, ...], output: ItemPath) -> Array:
        return session.backend.array(Ref(session.backend.call(call.target, args, call.kwargs), output))

    return forward


def _pair(session: Session, source: Ref | None) -> _Pair | None:
    """From ``dx = backward(dout, cache)[i]`` to ``out, cache = forward(...)``; from ``loss(x, y)[1]`` to ``loss(x, y)[0]``."""
    back = session.calls.get(source.handle) if source else None
    if back is None or source is None or len(source.path) > 1 or not isinstance(back.target, str):
        return None
    place = source.path[0][1] if source.path else 0
    if not isinstance(place, int):
        return None
    cache = next((a for a in back.args if isinstance(a, Ref) and a.handle in session.calls), None)
    if cache is None:
        pair = _Pair(back, place - 1, (("item", 0),), 1.0) if place == 1 else None
    else:
        upstream = next((a for a in back.args if isinstance(a, np.ndarray)), None)
        pair = _Pair(session.calls[cache.handle], place, (("item", 0),), upstream) if upstream is not None else None
    return pair if pair and _usable(pair) else None


def _usable(pair: _Pair) -> bool:
    """Whether the call can be repeated in another process, and the argument moved: a positional array of float64."""
    arguments = pair.forward.args
    x = arguments[pair.argument] if pair.argument < len(arguments) else None
    elsewhere = isinstance(pair.forward.target, str) and not any(isinstance(a, Ref) for a in (*arguments, *pair.forward.kwargs.values()))
    return elsewhere and isinstance(x, np.ndarray) and x.dtype == np.float64


def _agrees(forward: Forward, pair: _Pair, gradient: Array, direction: Array) -> bool:
    """Whether the gradient along a direction is the derivative; a smaller step decides next to a kink."""
    along = float(np.sum(gradient * direction))
    size = float(np.linalg.norm(gradient) * np.linalg.norm(direction) / np.sqrt(direction.size))
    for step in STEPS:
        numeric = _derivative(forward, pair, direction, step)
        if numeric is None or numeric == 0.0:
            return False
        if abs(numeric - along) <= AGREE * max(size, abs(along)):
            return True
    return False


def _derivative(forward: Forward, pair: _Pair, direction: Array, step: float) -> float | None:
    x = pair.forward.args[pair.argument]
    size = step * max(float(np.std(x)), 1e-2)
    sides = []
    for sign in (1, -1):
        args = list(pair.forward.args)
        args[pair.argument] = x + sign * size * direction
        sides.append(forward(pair.forward, tuple(args), pair.output).astype(np.float64))
    shape = np.shape(pair.upstream)
    if any(squeezed(side.shape) != squeezed(shape) for side in sides):
        return None
    # The difference is taken before the sum: large entries that x does not touch cancel exactly.
    numeric = float(np.sum((sides[0] - sides[1]).reshape(shape) * pair.upstream) / (2 * size))
    return numeric if np.isfinite(numeric) else None
