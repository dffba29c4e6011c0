"""Two drawn pictures for looking at what a filter does: no photograph, no file, the same bytes everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def lighthouse(size: int = 200) -> Picture:
    """A striped lighthouse on a green hill at dusk; uint8, shape (size, size, 3)."""
    canvas, x, y = _sky(size, top=(40, 60, 130), bottom=(250, 190, 150))
    _fill(canvas, y > 0.78 + 0.35 * (x - 0.4) ** 2, (60, 120, 50))
    half = 0.05 + 0.05 * (y - 0.25)
    tower = (np.abs(x - 0.42) < half) & (y > 0.28) & (y < 0.82)
    _fill(canvas, tower, (235, 235, 230))
    _fill(canvas, tower & ((y * 12).astype(int) % 2 == 0), (190, 40, 40))
    _fill(canvas, (np.abs(x - 0.42) < 0.06) & (y > 0.2) & (y < 0.28), (255, 240, 150))
    _fill(canvas, (np.abs(x - 0.42) < 0.08 * (y - 0.1) / 0.1) & (y > 0.1) & (y < 0.2), (70, 50, 60))
    return canvas.astype(np.uint8)


def sailboat(size: int = 200) -> Picture:
    """A boat with two sails under a sun; uint8, shape (size, size, 3)."""
    canvas, x, y = _sky(size, top=(90, 160, 230), bottom=(210, 235, 250))
    _fill(canvas, (x - 0.8) ** 2 + (y - 0.2) ** 2 < 0.08**2, (255, 210, 60))
    _fill(canvas, y > 0.68 + 0.012 * np.sin(40 * x), (30, 80, 140))
    _fill(canvas, y > 0.84 + 0.012 * np.sin(30 * x + 1), (20, 60, 115))
    _fill(canvas, (y > 0.64) & (y < 0.76) & (np.abs(x - 0.45) < 0.28 - 0.9 * (y - 0.64)), (120, 60, 30))
    _fill(canvas, (y > 0.18) & (y < 0.62) & (x > 0.46) & (x - 0.46 < 0.5 * (y - 0.18)), (250, 250, 245))
    _fill(canvas, (y > 0.26) & (y < 0.62) & (x < 0.44) & (0.44 - x < 0.55 * (y - 0.26)), (220, 120, 90))
    return canvas.astype(np.uint8)


def _sky(size: int, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """A canvas that shades from top to bottom, and the coordinates 0 .. 1 of its pixels."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    canvas = np.array(top) + y[:, :, np.newaxis] * (np.array(bottom) - np.array(top))
    return canvas, x, y


def _fill(canvas: NDArray[Any], where: Mask, colour: tuple[int, int, int]) -> None:
    canvas[where] = colour
