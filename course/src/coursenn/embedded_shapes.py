"""Silhouettes of the ten things that `coursenn.embedded_data` draws.

Each function takes pixel coordinates in the frame of the object (x to the right, y up, the
object inside the unit square ``[-1, 1]``) and returns a height: positive inside, negative
outside, falling about 1 per unit of distance, so that a renderer can smooth the edge.

Only operations that IEEE 754 rounds the same way everywhere are used (no sine, no exponential,
no sums over an axis): the pictures must have the same bytes on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Silhouette = Callable[[Plane, Plane], Plane]


def disc(x: Plane, y: Plane, cx: float, cy: float, radius: float) -> Plane:
    """Height of a disc."""
    dx, dy = x - cx, y - cy
    height: Plane = radius - np.sqrt(dx * dx + dy * dy)
    return height


def box(x: Plane, y: Plane, cx: float, cy: float, half_width: float, half_height: float) -> Plane:
    """Height of an upright rectangle."""
    height: Plane = np.minimum(half_width - np.abs(x - cx), half_height - np.abs(y - cy))
    return height


def _tent(x: Plane, y: Plane, base: float, apex: float, half_width: float) -> Plane:
    """Height of an isosceles triangle that stands on ``y = base``."""
    rise = apex - base
    length = math.sqrt(rise * rise + half_width * half_width)
    sides = (apex - y) * (half_width / length) - np.abs(x) * (rise / length)
    height: Plane = np.minimum(y - base, sides)
    return height


def ball(x: Plane, y: Plane) -> Plane:
    """A disc."""
    return disc(x, y, 0.0, 0.0, 0.85)


def boat(x: Plane, y: Plane) -> Plane:
    """A hull below a triangular sail."""
    hull = np.minimum(np.minimum(-0.35 - y, y + 0.85), 0.75 - 0.8 * np.abs(x) + 0.4 * (y + 0.35))
    sail = np.minimum(np.minimum(x + 0.1, y + 0.25), 0.6 - 0.8 * x - 0.6 * y)
    jib = np.minimum(np.minimum(-0.2 - x, y + 0.25), 0.25 + 0.7 * x - 0.7 * y)
    height: Plane = np.maximum(hull, np.maximum(sail, jib))
    return height


def car(x: Plane, y: Plane) -> Plane:
    """A long body, a cabin and two wheels."""
    body = box(x, y, 0.0, -0.2, 0.95, 0.25)
    cabin = np.minimum(box(x, y, -0.05, 0.2, 0.7, 0.3), 0.5 - 0.8 * np.abs(x + 0.05) - 0.4 * (y - 0.2))
    wheels = np.maximum(disc(x, y, -0.5, -0.5, 0.25), disc(x, y, 0.5, -0.5, 0.25))
    height: Plane = np.maximum(np.maximum(body, cabin), wheels)
    return height


def fish(x: Plane, y: Plane) -> Plane:
    """A pointed oval with a tail fin."""
    bow = np.minimum(disc(x, y, -0.15, -0.5, 0.95), disc(x, y, -0.15, 0.5, 0.95))
    tail = np.minimum(np.minimum(x - 0.45, 0.95 - x), 0.75 * (x - 0.4) + 0.08 - 0.65 * np.abs(y))
    height: Plane = np.maximum(bow, tail)
    return height


def flower(x: Plane, y: Plane) -> Plane:
    """Five round petals around a heart, on a short stalk."""
    height: Plane = np.maximum(disc(x, y, 0.0, 0.15, 0.3), box(x, y, 0.0, -0.65, 0.06, 0.35))
    for cx, cy in ((0.0, 0.6), (0.428, 0.289), (0.265, -0.214), (-0.265, -0.214), (-0.428, 0.289)):
        height = np.maximum(height, disc(x, y, cx, cy, 0.31))
    return height


def house(x: Plane, y: Plane) -> Plane:
    """A square under a roof, with a chimney."""
    walls = box(x, y, 0.0, -0.4, 0.65, 0.5)
    chimney = box(x, y, 0.4, 0.5, 0.12, 0.35)
    height: Plane = np.maximum(np.maximum(walls, _tent(x, y, 0.05, 0.9, 0.9)), chimney)
    return height


def kite(x: Plane, y: Plane) -> Plane:
    """A rhombus with a tail below."""
    upper = 0.6 * (0.95 - y) - 0.75 * np.abs(x)
    lower = 0.4 * (y + 0.5) - 0.75 * np.abs(x)
    tail = box(x, y, 0.0, -0.7, 0.06, 0.3)
    height: Plane = np.maximum(np.minimum(upper, lower), tail)
    return height


def mug(x: Plane, y: Plane) -> Plane:
    """A cylinder seen from the side, with a handle."""
    body = box(x, y, -0.2, 0.0, 0.55, 0.75)
    dx, dy = x - 0.4, y
    handle = 0.12 - np.abs(np.sqrt(dx * dx + dy * dy) - 0.4)
    height: Plane = np.maximum(body, handle)
    return height


def star(x: Plane, y: Plane) -> Plane:
    """A five-pointed star, folded onto one of its ten half-points by reflections."""
    px: Plane = np.abs(x)
    py: Plane = y
    for nx, ny in ((0.809017, -0.587785), (-0.809017, -0.587785)):
        over: Plane = np.maximum(nx * px + ny * py, 0.0)
        over = np.add(over, over)
        px, py = np.subtract(px, nx * over), np.subtract(py, ny * over)
    px = np.abs(px)
    height: Plane = 0.367 - 0.688 * px - 0.405 * py
    return height


def tree(x: Plane, y: Plane) -> Plane:
    """A conifer of two tiers on a trunk."""
    trunk = box(x, y, 0.0, -0.7, 0.14, 0.28)
    height: Plane = np.maximum(trunk, np.maximum(_tent(x, y, -0.5, 0.45, 0.75), _tent(x, y, 0.0, 0.95, 0.55)))
    return height


SILHOUETTES: dict[str, Silhouette] = {
    "ball": ball,
    "boat": boat,
    "car": car,
    "fish": fish,
    "flower": flower,
    "house": house,
    "kite": kite,
    "mug": mug,
    "star": star,
    "tree": tree,
}
