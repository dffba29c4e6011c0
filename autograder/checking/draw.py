"""Random inputs of the checks."""

from __future__ import annotations

import numpy as np

from autograder.checking.subject import Array


class Draw:
    """Inputs of a check, a pure function of the workspace's seed and the check's name."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def normal(self, shape: tuple[int, ...], scale: float = 1.0, shift: float = 0.0) -> Array:
        """Gaussian entries, float64."""
        return np.asarray(shift + scale * self.rng.standard_normal(shape))

    def away_from_zero(self, shape: tuple[int, ...], gap: float = 0.1, scale: float = 1.0) -> Array:
        """Entries of either sign whose size is at least ``gap``: no kink of a ReLU is near."""
        sign = self.rng.choice([-1.0, 1.0], size=shape)
        return np.asarray(sign * (gap + scale * self.rng.random(shape)))

    def distinct(self, shape: tuple[int, ...], gap: float = 0.05) -> Array:
        """Entries that differ pairwise by at least ``gap``: no tie in any pooling window."""
        size = int(np.prod(shape))
        return np.asarray((self.rng.permutation(size) - size / 2) * gap).reshape(shape)

    def labels(self, count: int, classes: int) -> Array:
        """Class labels, int64."""
        return np.asarray(self.rng.integers(0, classes, size=count))

    def integer(self, low: int, high: int) -> int:
        """An integer of ``low .. high``, both included."""
        return int(self.rng.integers(low, high + 1))
