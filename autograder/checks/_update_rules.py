"""The update rules as their checks see them: what they remember, their defaults, and random inputs for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Array, Ref, Session

Config = dict[str, Any]
NO_STEP = "next_w is the w that was passed: the function must return w after the step"
UNIT = (0.05, 0.98)
"""Decay rates on either side of one half, since some wrong expressions give the right result on one side."""
EARLY, ORDINARY, LATE = (0, 2), (3, 40), (300, 5000)
"""Numbers of steps so far."""


@dataclass(frozen=True)
class Rule:
    """An update rule: its function, what it remembers, its defaults, and which of them are decay rates."""

    function: str
    state: tuple[str, ...]
    defaults: dict[str, float]
    rates: tuple[str, ...]
    counts: bool = False
    """Whether it counts its steps in ``t``."""

    def hyperparameters(self, s: Session, rates: tuple[float, float] = UNIT) -> Config:
        """Random values, none of them at the end of its range."""
        drawn = {"learning_rate": s.draw.magnitude(1e-3, 1.0), "epsilon": s.draw.magnitude(1e-8, 1e-2)}
        return {name: drawn[name] if name in drawn else s.draw.between(*rates) for name in self.defaults}

    def memory(self, s: Session, shape: tuple[int, ...], steps: tuple[int, int] = ORDINARY) -> Config:
        """The state that a config may hold: second moments are positive."""
        arrays: Config = {name: 0.5 + s.draw.rng.random(shape) for name in self.state}
        return {**arrays, "t": s.draw.integer(*steps)} if self.counts else arrays


def shapes(s: Session, *dimensions: int) -> Iterator[tuple[int, ...]]:
    """Shapes with these numbers of dimensions, each size at least 2; without numbers, one to four dimensions in any order."""
    for number in dimensions or s.draw.permuted(np.array([1, 2, 3, 4])).tolist():
        yield next(s.draw.covering(*[(2, 40) if number < 3 else (2, 7)] * number))


def step(s: Session, rule: Rule, shape: tuple[int, ...], config: Config) -> tuple[Ref, Ref]:
    """A new parameter and its config after one step with a new gradient."""
    next_w, new = s.call(rule.function, s.draw.normal(shape), s.draw.away_from_zero(shape), config).unpack(2)
    return next_w, new


def trained(s: Session, rule: Rule, w: Array, gradients: Sequence[Array], config: Config | None) -> Array:
    """The parameter after a step with each gradient, passing the config of one step to the next."""
    at: Array | Ref = w
    state: Config | Ref | None = config
    for dw in gradients:
        at, state = s.call(rule.function, at, dw, state).unpack(2)
    assert isinstance(at, Ref)
    after = s.array(at)
    s.require(not np.array_equal(after, w), NO_STEP)
    return after
