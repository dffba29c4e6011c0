"""Convolutions of random sizes, for the checks of `autograder.checks.convolution`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.checking import Session
from autograder.checking.draw import Range
from autograder.checks._windows import FEW, MANY, WINDOWS, Pair, image_of, places

STRIDES: list[Range] = [(2, 3), (4, 5), (6, 7)]


@dataclass(frozen=True)
class Sizes:
    """One convolution: images (N, C, H, W), ``filters`` filters (HH, WW), stride and padding."""

    image: tuple[int, int, int, int]
    window: Pair
    filters: int = 2
    stride: int = 1
    pad: int = 0

    @property
    def output(self) -> tuple[int, int, int, int]:
        """Shape of the outputs."""
        n, _, *sides = self.image
        return n, self.filters, *places((sides[0], sides[1]), self.window, self.stride, self.pad)


def plain(s: Session) -> Iterator[Sizes]:
    for N, C, F, side, window in s.draw.covering(FEW, FEW, FEW, FEW, WINDOWS):
        yield Sizes((N, C, *image_of((side, side), (window, window), 1)), (window, window), F)
    yield Sizes((s.draw.integer(*MANY), 2, 2, 2), (2, 2))


def padded(s: Session) -> Iterator[Sizes]:
    """Padding of half a filter or more; most filters are larger than the image."""
    for N, C, side, window, more in s.draw.covering(FEW, FEW, FEW, [(2, 4), (6, 7)], [0, 1]):
        yield Sizes((N, C, side, side), (window, window), pad=window // 2 + more)


def strided(s: Session, *, spare: bool = False, apart: bool = False) -> Iterator[Sizes]:
    """Strides above 1; with ``spare``, windows do not fit, and with ``apart``, they do not overlap."""
    for N, C, side, window, stride in s.draw.covering(FEW, FEW, FEW, WINDOWS, STRIDES):
        step = window + stride - 2 if apart else stride
        left = s.draw.integer(1, step - 1) if spare else 0
        yield Sizes((N, C, *image_of((side, side), (window, window), step, 0, (left, left))), (window, window), stride=step)


def not_square(s: Session, pad: int = 0) -> Iterator[Sizes]:
    for N, C, few, many, short, long in s.draw.covering(FEW, FEW, 2, (3, 4), FEW, [(4, 5), (6, 7)]):
        for found, window in (((few, many), (short, long)), ((many, few), (long, short))):
            yield Sizes((N, C, *image_of(found, window, 1, pad)), window, pad=pad)


def all_settings(s: Session, *, square: bool = False) -> Iterator[Sizes]:
    """Strides and padding of every size together; unless ``square``, all sides differ and windows need not fit."""
    ranges: tuple[Range | Sequence[Range], ...] = (FEW, FEW, FEW, (1, 3), (1, 3), WINDOWS, WINDOWS, [1, (2, 3), (4, 7)], [-1, 0, 1])
    for N, C, F, rows, columns, HH, WW, stride, more in s.draw.covering(*ranges):
        left = s.draw.integer(0, stride - 1), s.draw.integer(0, stride - 1)
        found, window, spare = ((rows, rows), (HH, HH), (0, 0)) if square else ((rows, columns), (HH, WW), left)
        # The padding grows with the stride; otherwise there would be many places.
        yield Sizes((N, C, *image_of(found, window, stride, stride + more, spare)), window, F, stride, stride + more)
    yield Sizes((s.draw.integer(*MANY), 2, 2, 2), (2, 2), stride=2, pad=1)


def of_one(s: Session) -> Iterator[Sizes]:
    ranges: tuple[list[Range], ...] = ([1, FEW, 1], [FEW, 1, 1], [FEW, 1, 1], [FEW, 1, 1], [FEW, 1, 1], [FEW, 1, 1], [FEW, 1, 1])
    for N, C, F, rows, columns, HH, WW in s.draw.covering(*ranges):
        yield Sizes((N, C, *image_of((rows, columns), (HH, WW), 1)), (HH, WW), F)
