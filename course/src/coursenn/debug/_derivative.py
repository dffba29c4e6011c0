"""The numeric derivative of the loss with respect to a node, and whether a claimed gradient agrees with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coursenn.debug._lens import Lens, Sides
from coursenn.debug._subject import Array, Key

MAX_ENTRIES = 200
"""A larger node is moved along random directions and not entry by entry."""
DIRECTIONS = 12
FINER = 10
"""How much smaller the second step is."""
SLACK = 64
"""Rounding errors of a difference, in units of the last place of the largest term of the loss."""


@dataclass(frozen=True)
class Agreement:
    """A claimed gradient beside the numeric derivative.

    Attributes
    ----------
    claimed, numeric : one number for each step: for each entry, or for each direction.
    wrong, at_kink : which of them disagree, and which cannot be judged, since the loss has a kink there.
    allowed : the largest error that counts as right.
    """

    claimed: Array
    numeric: Array
    wrong: Array
    at_kink: Array
    allowed: float

    @property
    def agrees(self) -> bool:
        """Whether nothing that can be judged is wrong."""
        return not self.wrong.any()


class Derivative:
    """The derivative of the loss with respect to one node, taken when it is asked for.

    Parameters
    ----------
    through : a node that is made from it, when only what goes through that one is asked for.
    """

    def __init__(self, lens: Lens, key: Key, through: Key | None = None) -> None:
        self.lens, self.key, self.through = lens, key, through
        value = np.asarray(lens.nodes[key].value, float)
        self.shape = value.shape
        self.by_entry = value.size <= MAX_ENTRIES
        sizes = np.abs(value)
        largest = float(np.max(sizes, initial=0.0)) or 1.0
        self.step = float(np.cbrt(lens.eps)) * np.maximum(sizes, 1e-3 * largest)
        self.rtol = 1e-6 if lens.eps < 1e-12 else 2e-2

    def _steps(self) -> Iterator[Array]:
        if self.by_entry:
            for index in np.ndindex(self.shape):
                step = np.zeros(self.shape)
                step[index] = self.step[index]
                yield step
        else:
            rng = np.random.default_rng(0)
            for _ in range(DIRECTIONS):
                yield self.step * rng.standard_normal(self.shape)

    @cached_property
    def _taken(self) -> list[tuple[Array, Sides]]:
        return [(step, self.lens.sides(self.key, step, self.through)) for step in self._steps()]

    @cached_property
    def slopes(self) -> Array:
        """The change of the loss for each step, per unit of that step."""
        return np.array([sides.slope for _, sides in self._taken])

    @property
    def array(self) -> Array | None:
        """The derivative in the shape of the node; None when it was taken along random directions."""
        return (self.slopes / self._units).reshape(self.shape) if self.by_entry else None

    @cached_property
    def _units(self) -> Array:
        """Length of each step in units of the node, so that derivatives with respect to its entries come out."""
        return np.array([float(np.linalg.norm(step)) for step, _ in self._taken])

    @property
    def vanishes(self) -> bool:
        """Whether the loss does not depend on the node, up to rounding."""
        return bool(np.all(np.abs(self.slopes) <= self._noise))

    @cached_property
    def _noise(self) -> Array:
        return np.full(len(self._taken), SLACK * self.lens.eps * self.lens.size)

    def compare(self, claim: Array) -> Agreement:
        """Compare a claimed gradient, of the node's shape, with the derivative; a step that disagrees is taken again, smaller."""
        claimed = np.array([float(np.sum(claim * step)) for step, _ in self._taken])
        unit, numeric, noise = self._units, self.slopes.copy(), self._noise
        scale = float(np.max(np.abs(numeric / unit), initial=0.0))
        allowed = self.rtol * scale * unit + noise
        wrong = ~(np.abs(claimed - numeric) <= allowed)
        at_kink = np.zeros(len(wrong), bool)
        for i in np.flatnonzero(wrong):
            step, wide = self._taken[i]
            fine = self.lens.sides(self.key, step / FINER, self.through)
            low, high = sorted((FINER * fine.above, FINER * fine.below))
            slope, slack = FINER * fine.slope, allowed[i] + FINER * noise[i]
            if abs(claimed[i] - slope) <= slack:
                wrong[i] = False
            elif FINER * fine.jump > max(10 * slack, 0.5 * wide.jump) and low - slack <= claimed[i] <= high + slack:
                wrong[i], at_kink[i] = False, True
            elif np.isfinite(slope) and not abs(slope - numeric[i]) <= FINER * noise[i]:
                numeric[i] = slope
        return Agreement(claimed / unit, numeric / unit, wrong, at_kink, float(np.max(allowed / unit, initial=0.0)))
