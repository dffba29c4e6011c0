"""Random inputs of the checks."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from autograder.checking.subject import Array

Range = int | tuple[int, int]
"""One number, or the smallest and the largest of a range."""
TRIES = 20
PERIOD = 9973
T = TypeVar("T")


class Draw:
    """Inputs of a check, a pure function of the workspace's seed and the check's name."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        # For single numbers, of which a check needs many: numpy takes several times as long for one.
        self._single = random.Random(int(rng.integers(1 << 62)))

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

    def large(self, shape: tuple[int, ...]) -> Array:
        """Gaussian entries that repeat, since drawing each one would take longer than a layer needs for them."""
        return np.resize(self.rng.standard_normal(PERIOD), shape)

    def labels(self, count: int, classes: int) -> Array:
        """Class labels, int64."""
        return np.asarray(self.rng.integers(0, classes, size=count))

    def integer(self, low: int, high: int) -> int:
        """An integer in ``low .. high``, both included."""
        return low + int(self._single.random() * (high - low + 1))

    def between(self, low: float, high: float) -> float:
        """A number in ``low .. high``."""
        return self._single.uniform(low, high)

    def magnitude(self, low: float, high: float) -> float:
        """A positive number in ``low .. high``, with every power of ten equally likely."""
        return math.exp(self._single.uniform(math.log(low), math.log(high)))

    def one_of(self, *choices: T) -> T:
        """One of the choices."""
        return self._single.choice(choices)

    def permuted(self, value: Array) -> Array:
        """The same entries in another order."""
        return np.asarray(self.rng.permutation(value.ravel())).reshape(value.shape)

    def covering(self, *ranges: Range | Sequence[Range]) -> Iterator[tuple[int, ...]]:
        """Sizes for several draws that together reach every range of every letter, for any seed.

        Parameters
        ----------
        ranges : for each letter the ranges from which its size is drawn: ``[1, (2, 9), (101, 140)]``, or one range.

        Returns
        -------
        sizes : tuples with a size for each letter, as many as the largest number of ranges. Sizes of one
            draw differ where the ranges allow it, so that exchanged axes show.

        Examples
        --------
        >>> for N, D, M in s.draw.covering([(2, 9), 1, (101, 140)], (2, 7), [(2, 5), 1]):
        ...     x, w = s.draw.normal((N, D)), s.draw.normal((D, M))
        """
        columns = [[r] if isinstance(r, int | tuple) else list(r) for r in ranges]
        count = max(len(column) for column in columns)
        rows = zip(*(self._spread(column, count) for column in columns), strict=True)
        return iter([self._sizes(row) for row in rows])

    def _spread(self, column: list[Range], count: int) -> list[Range]:
        """Each range at least once, in any order."""
        more = [column[self.integer(0, len(column) - 1)] for _ in range(count - len(column))]
        return self._single.sample(column + more, count)

    def _sizes(self, row: tuple[Range, ...]) -> tuple[int, ...]:
        taken = {r for r in row if isinstance(r, int)}
        return tuple(r if isinstance(r, int) else self._another(r, taken) for r in row)

    def _another(self, range_: tuple[int, int], taken: set[int]) -> int:
        """A size in the range that no other letter has, if there is one."""
        for _ in range(TRIES):
            size = self.integer(*range_)
            if size not in taken:
                break
        taken.add(size)
        return size
