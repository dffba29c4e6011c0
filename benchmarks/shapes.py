"""The layers to measure: their shapes, and how long they may take compared with PyTorch."""

from __future__ import annotations

from typing import NamedTuple


class Goal(NamedTuple):
    """How low a ratio of two times must be, and an even lower stretch goal."""

    must: float
    stretch: float


class Convolution(NamedTuple):
    """A convolution of random images, with goals in float32."""

    name: str
    images: tuple[int, int, int, int]
    filters: tuple[int, int, int, int]
    param: dict[str, int]
    forward: Goal
    backward: Goal


CONVOLUTIONS = (
    Convolution("3x3 stride 2", (100, 3, 31, 31), (25, 3, 3, 3), {"stride": 2, "pad": 1}, Goal(1.15, 1.0), Goal(0.6, 0.4)),
    Convolution("7x7", (50, 3, 32, 32), (32, 3, 7, 7), {"stride": 1, "pad": 3}, Goal(1.15, 1.0), Goal(0.6, 0.4)),
    Convolution("3x3 deep", (50, 32, 16, 16), (64, 32, 3, 3), {"stride": 1, "pad": 1}, Goal(1.15, 1.0), Goal(1.15, 1.0)),
)
CONVOLUTION_IN_DOUBLE = Goal(0.75, 0.5)

POOLED_IMAGES = (100, 3, 32, 32)
POOLINGS = (("2x2 stride 2", 2), ("3x3 stride 2", 3))
"""Name, and height and width of the window."""
POOL_FORWARD, POOL_BACKWARD = Goal(0.1, 0.03), Goal(1.3, 1.0)
