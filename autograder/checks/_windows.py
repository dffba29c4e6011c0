"""Sizes of windows that move over images, for the checks of convolution and pooling."""

from __future__ import annotations

from autograder.checking.draw import Range

Pair = tuple[int, int]
"""A number for the height and one for the width."""
FEW = (2, 3)
MANY = (101, 140)
WINDOWS: list[Range] = [(2, 3), (4, 5), (6, 7)]


def places(image: Pair, window: Pair, stride: int, pad: int = 0) -> Pair:
    """Height and width of the output."""
    rows, columns = (1 + (side + 2 * pad - w) // stride for side, w in zip(image, window, strict=True))
    return rows, columns


def image_of(found: Pair, window: Pair, stride: int, pad: int = 0, spare: Pair = (0, 0)) -> Pair:
    """Height and width of an image with this many places for the window, and ``spare`` rows and columns that none covers.

    Where the padding has more places than that, a side is 1.
    """
    height, width = (max(1, (n - 1) * stride + w + left - 2 * pad) for n, w, left in zip(found, window, spare, strict=True))
    return height, width
