"""How a wrong array is related to the expected one, as plain data: transposed, off by a factor, wrong in one row only.

Every relation is measured on all entries, and none is a guess: it has to hold to rounding and to explain nearly all of the error.
The words are elsewhere: `coursenn._differences` has those of the notebooks, which may give numbers, and grading has its own, which
give none. Grading loads this module, `coursenn._places` and `coursenn._shape_relations` without the package around them: they
import each other by relative names, and besides these only numpy.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._places import Place, find_clear_place

Array = NDArray[Any]
MAX_PERMUTED = 4
"""More axes than these are not tried in every order."""
LOOSE = 1e-6
"""What a relation may leave of an error, as a share of the largest expected entry: rounding, and small terms such as eps."""
UNEXPLAINED = 0.01
"""What a relation may leave of an error, as a share of that error. Noise fits nothing this well in as many entries as `MANY`."""
MANY = 6
"""With fewer wrong entries, a relation has to hold to `LOOSE`: a few numbers are alike to a hundredth by chance."""
ROUNDING = 1e-9
"""An array is zero up to rounding when no entry is larger than this share of the largest expected one."""
SMALL = 1e-3
"""Entries below this share of the largest one tell nothing about a factor."""


class Kind(Enum):
    """The relations of a wrong array to the expected one, of the same shape."""

    EXPECTED_ZERO = auto()
    ZERO = auto()
    ZERO_TO_ROUNDING = auto()
    LOW_PRECISION = auto()
    SIGN = auto()
    RATIO = auto()
    """Both are one number, so there always is a factor; whether it means something depends on what it is."""
    FACTOR = auto()
    AMOUNT = auto()
    SOME_SIGNS = auto()
    AXES_PERMUTED = auto()
    FLIPPED = auto()
    REORDERED = auto()
    MEAN_REMOVED = auto()
    MEAN_NOT_REMOVED = auto()
    LINE_AMOUNTS = auto()
    """Each row, column, image or channel is off by an amount of its own."""
    LINE_FACTORS = auto()
    PLACE = auto()


@dataclass(frozen=True)
class Relation:
    """What a wrong array is beside the expected one.

    Attributes
    ----------
    factor : of FACTOR and RATIO, what the expected array is multiplied by.
    amount : of AMOUNT, what is added to the expected array.
    axes : of AXES_PERMUTED, the order in which ``wrong.transpose(axes)`` is right; of FLIPPED, what runs backwards; of the
        kinds with a mean or lines, the one axis.
    count : of SOME_SIGNS, how many entries are wrong.
    """

    kind: Kind
    factor: float = 1.0
    amount: float = 0.0
    axes: tuple[int, ...] = ()
    count: int = 0
    place: Place | None = None


class _Pair:
    """A wrong array and the expected one, with what every relation asks of them."""

    def __init__(self, got: Array, want: Array, tolerance: float) -> None:
        self.got, self.want, self.tolerance = got, want, tolerance
        self.error = np.where(got == want, 0.0, np.abs(got - want))
        self.largest, self.size, self.scale = largest(self.error), largest(got), largest(want)
        self.close = max(tolerance, LOOSE * self.scale)
        self.unexplained = UNEXPLAINED if np.count_nonzero(self.error > tolerance) >= MANY else LOOSE

    def is_explained(self, left: Array, growth: float = 1.0) -> bool:
        """Whether what a relation leaves of the error is rounding, and little of the error and of the array itself."""
        allowed = max(self.tolerance, LOOSE * self.scale * growth)
        return largest(left) <= min(allowed, self.unexplained * self.largest, self.unexplained * self.size)


def largest(array: Array) -> float:
    """The largest absolute value; 0 of an array without entries."""
    return float(np.max(np.abs(array), initial=0.0))


def find_relation(got: Array, want: Array, tolerance: float, precision: float = 0.0) -> Relation | None:
    """The nearest relation of a wrong array to the expected one; None when it looks like nothing known.

    Parameters
    ----------
    got, want : float64 arrays of one shape. When an entry of one of them is not finite, only a place is found.
    tolerance : largest absolute error that counts as right; at least one entry is off by more.
    precision : resolution of the dtype that ``got`` came in, when that is less than float64's.
    """
    with np.errstate(all="ignore"):
        pair = _Pair(got, want, tolerance)
        if math.isfinite(pair.largest + pair.scale):
            relation = _zero(pair, precision) or next((r for find in _FINDERS if (r := find(pair))), None)
            if relation:
                return relation
        place = find_clear_place(pair.error, tolerance)
        return Relation(Kind.PLACE, place=place) if place else None


def _zero(pair: _Pair, precision: float) -> Relation | None:
    if pair.scale <= pair.tolerance:
        return Relation(Kind.EXPECTED_ZERO)
    if not pair.size:
        return Relation(Kind.ZERO)
    if precision and pair.largest <= 100 * precision * pair.scale:
        return Relation(Kind.LOW_PRECISION)
    return Relation(Kind.ZERO_TO_ROUNDING) if pair.size <= ROUNDING * pair.scale else None


def _factor(pair: _Pair) -> Relation | None:
    """One factor for all entries."""
    if pair.is_explained(pair.got + pair.want):
        return Relation(Kind.SIGN)
    if pair.got.size == 1:
        return Relation(Kind.RATIO, factor=float(pair.got.reshape(-1)[0] / pair.want.reshape(-1)[0]))
    unit = pair.want / pair.scale
    if np.count_nonzero(np.abs(unit) > SMALL) < 2:
        return None  # one entry is a multiple of any other
    factor = float(np.sum(pair.got / pair.scale * unit) / np.sum(unit * unit))
    # A factor of 1 up to rounding explains nothing.
    holds = abs(factor - 1) > LOOSE and pair.is_explained(pair.got - factor * pair.want, growth=max(1.0, abs(factor)))
    return Relation(Kind.FACTOR, factor=factor) if holds else None


def _amount(pair: _Pair) -> Relation | None:
    """One amount for all entries."""
    shift = pair.got - pair.want
    return Relation(Kind.AMOUNT, amount=float(np.mean(shift))) if shift.size > 1 and pair.is_explained(np.ptp(shift)) else None


def _some_signs(pair: _Pair) -> Relation | None:
    holds = pair.got.size > 1 and pair.is_explained(np.abs(pair.got) - np.abs(pair.want))
    return Relation(Kind.SOME_SIGNS, count=int(np.sum(pair.error > pair.tolerance))) if holds else None


def _order(pair: _Pair) -> Relation | None:
    """The right numbers in other places."""
    got, want, axes = pair.got, pair.want, range(pair.got.ndim)
    if got.size < 2 or not pair.is_explained(np.sort(got, axis=None) - np.sort(want, axis=None)):
        return None  # most wrong arrays end here, before anything is tried in every order
    for order in axis_orders(got.ndim):
        if got.transpose(order).shape == want.shape and pair.is_explained(got.transpose(order) - want):
            return Relation(Kind.AXES_PERMUTED, axes=order)
    for flipped in itertools.chain(itertools.combinations(axes, 1), itertools.combinations(axes, 2)):
        if pair.is_explained(np.flip(got, flipped) - want):
            return Relation(Kind.FLIPPED, axes=flipped)
    return Relation(Kind.REORDERED)


def axis_orders(ndim: int) -> Iterator[tuple[int, ...]]:
    """Every order of the axes but the one they are in; none of too many axes."""
    return itertools.islice(itertools.permutations(range(ndim)), 1, None) if ndim <= MAX_PERMUTED else iter(())


def _mean(pair: _Pair) -> Relation | None:
    """A mean over one axis is taken off, or is not."""
    for axis in range(pair.got.ndim if pair.got.ndim > 1 else 0):
        if pair.got.shape[axis] < 2:
            continue
        if pair.is_explained(pair.got - pair.want + pair.want.mean(axis=axis, keepdims=True)):
            return Relation(Kind.MEAN_REMOVED, axes=(axis,))
        if pair.is_explained(pair.got - pair.got.mean(axis=axis, keepdims=True) - pair.want):
            return Relation(Kind.MEAN_NOT_REMOVED, axes=(axis,))
    return None


def _lines(pair: _Pair) -> Relation | None:
    """Each row, column, image or channel is off by an amount or a factor of its own; in a single line that is only a place."""
    got, want = pair.got, pair.want
    for axis in (0, 1) if got.ndim in (2, 4) else ():
        others = tuple(a for a in range(got.ndim) if a != axis)
        error, size, scale = (np.abs(array).max(axis=others, keepdims=True) for array in (pair.error, got, want))
        wrong = error > pair.tolerance
        if wrong.sum() < 2 or got.size == got.shape[axis]:
            continue
        allowed = np.where(wrong, np.minimum(pair.close, UNEXPLAINED * np.minimum(error, size)), pair.close)
        if (np.ptp(got - want, axis=others, keepdims=True) <= allowed).all():
            return Relation(Kind.LINE_AMOUNTS, axes=(axis,))
        # A factor of 0 is no factor, and one entry is a multiple of any other.
        telling = (size > 0) & (np.sum(np.abs(want) > SMALL * scale, axis=others, keepdims=True) > 1)
        factors = np.sum(got * want, axis=others, keepdims=True) / np.sum(want * want, axis=others, keepdims=True)
        if telling[wrong].all() and (np.abs(got - factors * want) <= allowed).all():
            return Relation(Kind.LINE_FACTORS, axes=(axis,))
    return None


_FINDERS: tuple[Callable[[_Pair], Relation | None], ...] = (_factor, _amount, _some_signs, _order, _mean, _lines)
