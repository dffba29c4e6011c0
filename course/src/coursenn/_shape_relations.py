"""How a wrong shape is related to the expected one, as plain data: transposed, not reshaped, still padded, summed too far.

The words are elsewhere, as for `coursenn._relations`.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from enum import Enum, auto

from ._relations import Array, axis_orders, largest

Shape = tuple[int, ...]
MAX_SUMMED = 6
"""More axes than these are not summed over in every way: there are two to the power of their number."""


class ShapeKind(Enum):
    """The relations of a wrong shape to the expected one."""

    PERMUTED = auto()
    SAME_SIZE = auto()
    NO_PIXELS = auto()
    PADDED = auto()
    OFF_BY_ONE = auto()
    SUMMED_TOO_FAR = auto()
    NOT_SUMMED = auto()
    FIRST_ENTRY = auto()


@dataclass(frozen=True)
class ShapeRelation:
    """What a wrong shape is beside the expected one.

    Attributes
    ----------
    exact : of PERMUTED and SAME_SIZE, whether the values are right too.
    excess : of PADDED and OFF_BY_ONE, the rows and columns too many; negative for too few.
    """

    kind: ShapeKind
    exact: bool = False
    excess: int = 0


def find_shape_relation(got: Shape, want: Shape) -> ShapeRelation | None:
    """The nearest relation of a wrong shape to the expected one; None when it looks like nothing known."""
    if len(got) == len(want) > 1 and sorted(got) == sorted(want):
        return ShapeRelation(ShapeKind.PERMUTED)
    if math.prod(got) == math.prod(want):
        return ShapeRelation(ShapeKind.SAME_SIZE)
    if len(got) == len(want) == 4 and got[:2] == want[:2]:
        rows, columns = got[2] - want[2], got[3] - want[3]
        if min(got[2:]) == 0:
            return ShapeRelation(ShapeKind.NO_PIXELS)
        if rows == columns > 0 and rows % 2 == 0:
            return ShapeRelation(ShapeKind.PADDED, excess=rows)
        if rows == columns and abs(rows) == 1:
            return ShapeRelation(ShapeKind.OFF_BY_ONE, excess=rows)
    return ShapeRelation(ShapeKind.FIRST_ENTRY) if len(want) > 1 and got == want[1:] else None


def find_shape_relation_of(got: Array, want: Array, tolerance: float) -> ShapeRelation | None:
    """The same for arrays: whether the values are right too, and whether one is the other summed over axes."""
    relation = find_shape_relation(got.shape, want.shape)
    if relation and relation.kind is ShapeKind.PERMUTED:
        orders = (o for o in axis_orders(got.ndim) if got.transpose(o).shape == want.shape)
        return replace(relation, exact=any(largest(got.transpose(o) - want) <= tolerance for o in orders))
    if relation and relation.kind is ShapeKind.SAME_SIZE:
        return replace(relation, exact=largest(got.reshape(want.shape) - want) <= tolerance)
    if got.ndim < want.ndim and _is_sum(got, want, tolerance):
        return ShapeRelation(ShapeKind.SUMMED_TOO_FAR)
    if got.ndim > want.ndim and _is_sum(want, got, tolerance):
        return ShapeRelation(ShapeKind.NOT_SUMMED)
    return relation


def _is_sum(small: Array, large: Array, tolerance: float) -> bool:
    """Whether the small array, which is not all zero, is the large one summed over some of its axes."""
    if large.ndim > MAX_SUMMED or largest(small) <= tolerance * large.size:
        return False
    counts = range(1, large.ndim + 1)
    choices = itertools.chain.from_iterable(itertools.combinations(range(large.ndim), n) for n in counts)
    fitting = (axes for axes in choices if tuple(n for a, n in enumerate(large.shape) if a not in axes) == small.shape)
    return any(largest(small - large.sum(axis=axes)) <= tolerance * large.size for axes in fitting)
