"""Where the wrong entries of an array are, as plain data: on the border of the images, in one channel, one in each row.

The words are elsewhere, as for `coursenn._relations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_AXES = {1: ("entry",), 2: ("row", "column"), 3: ("matrix", "row", "column"), 4: ("image", "channel", "row", "column")}
_PLURALS = {"entry": "entries", "matrix": "matrices"}


class PlaceKind(Enum):
    """The places in which all wrong entries can be."""

    IMAGE_BORDER = auto()
    IMAGE_INSIDE = auto()
    ONE_PER_ROW = auto()
    LINES = auto()


@dataclass(frozen=True)
class Place:
    """Where the wrong entries are.

    Attributes
    ----------
    axis, wrong, length : of LINES, the axis, the indices along it that hold wrong entries, and how many indices there are.
    sides : of IMAGE_BORDER, the pairs of axis and index (0 or -1) of the sides with wrong entries that are not corners.
    """

    kind: PlaceKind
    axis: int = 0
    wrong: tuple[int, ...] = ()
    length: int = 0
    sides: tuple[tuple[int, int], ...] = ()


def axis_names(ndim: int) -> tuple[str, ...]:
    """What one index along each axis selects, in the layouts of the course."""
    return _AXES.get(ndim, ("slice",) * ndim)


def plural(name: str) -> str:
    """The plural of an axis name."""
    return _PLURALS.get(name, f"{name}s")


CLEAR = 10.0
"""How many times the largest error that counts as right a usual wrong one must be: errors about the tolerance are wrong by chance."""


def find_clear_place(error: Array, tolerance: float) -> Place | None:
    """Where the entries are that are off by more than the tolerance; None where too little separates them from the others.

    Parameters
    ----------
    error : absolute errors; what is not finite is wrong.
    """
    wrong = ~(error <= tolerance)
    if wrong.any() and not np.median(error[wrong]) < CLEAR * np.max(error[~wrong], initial=0.0):
        return find_place(wrong)
    return None


def find_place(wrong: Array) -> Place | None:
    """Where the marked entries are; None when that place has no name, or when all or none are marked."""
    if wrong.ndim == 0 or wrong.all() or not wrong.any():
        return None
    if wrong.ndim == 4 and min(wrong.shape[2:]) > 2:
        inner = wrong[:, :, 1:-1, 1:-1]
        if not inner.any():
            return Place(PlaceKind.IMAGE_BORDER, sides=tuple(_sides(wrong)))
        if inner.sum() == wrong.sum():
            return Place(PlaceKind.IMAGE_INSIDE)
    if wrong.ndim == 2 and len(wrong) > 2 and (wrong.sum(axis=1) == 1).all() and wrong.any(axis=0).sum() > 1:
        return Place(PlaceKind.ONE_PER_ROW)
    for axis in range(wrong.ndim):
        hit = np.asarray(wrong.any(axis=tuple(a for a in range(wrong.ndim) if a != axis)))
        if hit.size > 1 and not hit.all():
            return Place(PlaceKind.LINES, axis=axis, wrong=tuple(int(i) for i in np.flatnonzero(hit)), length=hit.size)
    return None


def _sides(wrong: Array) -> Iterator[tuple[int, int]]:
    for index in (0, -1):
        if wrong[:, :, index, 1:-1].any():
            yield 2, index
    for index in (0, -1):
        if wrong[:, :, 1:-1, index].any():
            yield 3, index
