"""Poolings of random sizes, for the checks of `autograder.checks.pooling`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.checking import Session
from autograder.checking.draw import Range
from autograder.checks._windows import FEW, MANY, Pair, image_of, places

SIDES: list[Range] = [(2, 3), (4, 5), (6, 8)]
TO_THREE = (1, 3)


@dataclass(frozen=True)
class Sizes:
    """One pooling: images (N, C, H, W), windows (height, width), stride."""

    image: tuple[int, int, int, int]
    window: Pair
    stride: int

    @property
    def param(self) -> dict[str, int]:
        """The last argument."""
        return {"pool_height": self.window[0], "pool_width": self.window[1], "stride": self.stride}

    @property
    def output(self) -> tuple[int, int, int, int]:
        """Shape of the outputs."""
        n, channels, *sides = self.image
        return n, channels, *places((sides[0], sides[1]), self.window, self.stride)


def tiles(s: Session, *, spare: bool = False) -> Iterator[Sizes]:
    """Square windows side by side; with ``spare``, some rows and columns are left over."""
    for N, C, found, side in s.draw.covering(FEW, FEW, FEW, SIDES):
        left = s.draw.integer(1, side - 1) if spare else 0
        yield Sizes((N, C, *image_of((found, found), (side, side), side, 0, (left, left))), (side, side), side)
    yield Sizes((s.draw.integer(*MANY), 2, 2 + spare, 2 + spare), (2, 2), 2)


def overlapping(s: Session) -> Iterator[Sizes]:
    """Square windows at stride 1."""
    for N, C, found, side in s.draw.covering(FEW, FEW, FEW, SIDES):
        yield Sizes((N, C, *image_of((found, found), (side, side), 1)), (side, side), 1)


def apart(s: Session) -> Iterator[Sizes]:
    """Square windows with gaps between them."""
    for N, C, found, side, gap in s.draw.covering(FEW, FEW, FEW, SIDES, TO_THREE):
        yield Sizes((N, C, *image_of((found, found), (side, side), side + gap)), (side, side), side + gap)


def one_place(s: Session) -> Iterator[Sizes]:
    """Images in which a square window has one place, with some rows and columns left over."""
    for N, C, side in s.draw.covering(FEW, FEW, SIDES):
        left = s.draw.integer(1, side - 1)
        yield Sizes((N, C, side + left, side + left), (side, side), side)


def not_square(s: Session) -> Iterator[Sizes]:
    """Images in which a window has one place by any way of counting; neither image nor window is square."""
    for N, C, long in s.draw.covering(FEW, FEW, [(3, 4), (6, 8)]):
        short = s.draw.integer(long // 2 + 1, long - 1)
        narrow, wide = s.draw.integer(short, long - 1), s.draw.integer(long, 2 * short - 1)
        yield Sizes((N, C, narrow, wide), (short, long), short)
        yield Sizes((N, C, wide, narrow), (long, short), short)


def all_settings(s: Session) -> Iterator[Sizes]:
    """Windows of every shape at every stride, which need not fit."""
    for N, C, rows, columns, height, width, stride in s.draw.covering(FEW, FEW, TO_THREE, TO_THREE, SIDES, SIDES, [1, FEW, (4, 9)]):
        left = s.draw.integer(0, stride - 1), s.draw.integer(0, stride - 1)
        yield Sizes((N, C, *image_of((rows, columns), (height, width), stride, 0, left)), (height, width), stride)


def of_one(s: Session) -> Iterator[Sizes]:
    """Some sizes are 1, each of them in some draw."""
    some: list[Range] = [1, FEW, 1]
    for N, C, rows, columns, height, width in s.draw.covering(some, some, some, some, some, some):
        yield Sizes((N, C, *image_of((rows, columns), (height, width), 1)), (height, width), 1)
