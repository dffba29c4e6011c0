"""The embedded default: pictures of ten things, drawn by arithmetic instead of downloaded.

``draw_images(num, seed)`` draws any number of CIFAR-shaped images; another seed is another
split of the same distribution. The set is hard in the ways CIFAR-10 is: what a picture shows
follows from its outline and its texture, while place, size, tilt, light, colours, background,
clutter and noise vary freely, and every single cue is shared between classes.

The same call gives the same bytes on every machine and numpy from 1.26 on. Two rules see to
that. Random numbers are the raw output of PCG64, whose stream numpy guarantees, and never a
``Generator`` method. Arithmetic is elementwise ``+ - * /`` and ``sqrt`` in float32, which IEEE 754
rounds the same way everywhere; no sine, no exponential and no sum over an axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .embedded_shapes import SILHOUETTES

Plane = NDArray[np.float32]
Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
RGB = tuple[float, float, float]

CLASS_NAMES = ("ball", "boat", "car", "fish", "flower", "house", "kite", "mug", "star", "tree")
SIZE = 32
CHUNK = 256
"""Images drawn at a time: small enough for a processor's cache, and no influence on the bytes."""

SCENES: dict[str, tuple[RGB, RGB]] = {
    "sky": ((95.0, 150.0, 215.0), (190.0, 210.0, 230.0)),
    "meadow": ((165.0, 195.0, 220.0), (80.0, 125.0, 55.0)),
    "water": ((175.0, 195.0, 210.0), (40.0, 90.0, 135.0)),
    "street": ((150.0, 150.0, 155.0), (95.0, 90.0, 90.0)),
    "room": ((205.0, 185.0, 155.0), (125.0, 85.0, 60.0)),
    "night": ((15.0, 20.0, 55.0), (55.0, 50.0, 80.0)),
}
"""Colours at the top and at the bottom of a background."""

TEXTURES = ("plain", "bands", "bars", "slants", "checks", "dots", "rings")


@dataclass(frozen=True)
class Look:
    """What is typical of a class: each cue holds for only a part of its images."""

    scenes: tuple[str, str]
    colour: RGB
    texture: str


LOOKS: dict[str, Look] = {
    "ball": Look(("meadow", "room"), (215.0, 70.0, 60.0), "bars"),
    "boat": Look(("water", "sky"), (225.0, 220.0, 210.0), "plain"),
    "car": Look(("street", "meadow"), (170.0, 45.0, 45.0), "bands"),
    "fish": Look(("water", "night"), (225.0, 140.0, 50.0), "dots"),
    "flower": Look(("meadow", "room"), (220.0, 90.0, 165.0), "dots"),
    "house": Look(("street", "sky"), (185.0, 110.0, 80.0), "checks"),
    "kite": Look(("sky", "meadow"), (70.0, 90.0, 200.0), "checks"),
    "mug": Look(("room", "street"), (80.0, 120.0, 185.0), "slants"),
    "star": Look(("night", "sky"), (240.0, 215.0, 80.0), "rings"),
    "tree": Look(("sky", "street"), (50.0, 100.0, 45.0), "plain"),
}

P_SCENE = 0.5
P_COLOUR = 0.4
P_TEXTURE = 0.85
PARAMETERS = 300
"""Uniform numbers set aside for one image: even, and no fewer than `_draw_chunk` takes."""


class _Numbers:
    """Uniform float32 numbers in [0, 1), a fixed count of them for each image."""

    def __init__(self, raw: np.random.PCG64, num: int) -> None:
        words = raw.random_raw(num * PARAMETERS // 2).reshape(num, PARAMETERS // 2)
        table = np.empty((num, PARAMETERS), dtype=np.float32)
        table[:, 0::2] = (words >> np.uint64(40)).astype(np.float32)
        table[:, 1::2] = ((words >> np.uint64(8)) & np.uint64(0xFFFFFF)).astype(np.float32)
        table *= np.float32(2.0**-24)
        self.table, self.used = table, 0

    def take(self, low: float = 0.0, high: float = 1.0) -> Plane:
        """One number per image, shaped (n, 1, 1) to go with planes of pixels."""
        self.used += 1
        return low + (high - low) * self.table[:, self.used - 1, None, None]

    def grid(self, side: int) -> Plane:
        """(n, side, side) numbers."""
        start, self.used = self.used, self.used + side * side
        return self.table[:, start : self.used].reshape(-1, side, side)


def draw_images(num: int, seed: int) -> tuple[Images, Labels]:
    """Draw images of the ten things.

    Parameters
    ----------
    num : how many, 0 or more.
    seed : any integer of 0 or more. The first images of a longer draw with the same seed are the same images.

    Returns
    -------
    images : (num, 3, 32, 32) uint8, channels red, green, blue.
    labels : (num,) int64, indices into `CLASS_NAMES`, each class about equally often.

    Raises
    ------
    ValueError
        for a negative ``num`` or ``seed``.
    """
    if num < 0 or seed < 0:
        raise ValueError(f"num and seed must be 0 or more, not {num} and {seed}")
    parameters, noise = (np.random.PCG64(child) for child in np.random.SeedSequence(seed).spawn(2))
    images = np.empty((num, 3, SIZE, SIZE), dtype=np.uint8)
    labels = np.empty(num, dtype=np.int64)
    for start in range(0, num, CHUNK):
        part = slice(start, min(start + CHUNK, num))
        count = part.stop - part.start
        images[part], labels[part] = _draw_chunk(_Numbers(parameters, count), _noise(noise, count))
    return images, labels


def _noise(raw: np.random.PCG64, num: int) -> Plane:
    """(num, 3, 32, 32) triangular noise between -1 and 1."""
    size = num * 3 * SIZE * SIZE
    octets = raw.random_raw(size // 4).astype("<u8").view(np.uint8)
    pairs = octets.reshape(num, 3, SIZE, SIZE, 2)
    noise: Plane = (pairs[..., 0].astype(np.float32) - pairs[..., 1].astype(np.float32)) / 255.0
    return noise


def _upsample(grid: Plane) -> Plane:
    """(n, k + 1, k + 1) values at cell corners to (n, 32, 32) pixels, bilinear."""
    cells = grid.shape[1] - 1
    position = (np.arange(SIZE, dtype=np.float32) + 0.5) * (cells / SIZE)
    low = position.astype(np.intp)
    t = (position - low).astype(np.float32)
    rows = grid[:, low, :] * (1.0 - t)[:, None] + grid[:, low + 1, :] * t[:, None]
    pixels: Plane = rows[:, :, low] * (1.0 - t) + rows[:, :, low + 1] * t
    return pixels


def _wave(phase: Plane) -> Plane:
    """A smooth wave of period 1 between -1 and 1: a triangle, rounded by a cubic."""
    triangle = 4.0 * np.abs(phase - np.floor(phase + 0.5)) - 1.0
    wave: Plane = triangle * (1.5 - 0.5 * triangle * triangle)
    return wave


def _cover(height: Plane, softness: Plane) -> Plane:
    """How much of a pixel lies inside an outline."""
    cover: Plane = np.clip(height / softness + 0.5, 0.0, 1.0)
    return cover


def _turn(n: _Numbers, tilt: float) -> tuple[Plane, Plane]:
    """Cosine and sine of a random angle, without trigonometry: ``tilt`` is the tangent of half the largest."""
    t = n.take(-tilt, tilt)
    return (1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t)


def _pick(options: Plane, which: Labels) -> Plane:
    """Rows of a table as one (n, 1, 1) plane per column, stacked first: (columns, n, 1, 1)."""
    return options[which].T[:, :, None, None]


def _draw_chunk(n: _Numbers, noise: Plane) -> tuple[Images, Labels]:
    labels = (n.take()[:, 0, 0] * 10.0).astype(np.int64)
    axis = (np.arange(SIZE, dtype=np.float32) - 15.5) / 16.0
    y, x = -axis[None, :, None], axis[None, None, :]
    canvas = _background(n, labels, x, y)
    _clutter(n, canvas, x, y)
    _object(n, canvas, labels, x, y)
    _occlude(n, canvas, x, y)
    return _photograph(n, canvas, noise, x, y), labels


def _background(n: _Numbers, labels: Labels, x: Plane, y: Plane) -> Plane:
    """A scene: two colours that meet at a horizon or blend, and low-frequency clouds over them."""
    names = list(SCENES)
    typical = np.array([[names.index(s) for s in LOOKS[c].scenes] for c in CLASS_NAMES])
    chance, which = n.take()[:, 0, 0], (n.take()[:, 0, 0] * len(names)).astype(np.int64)
    scene = np.where(chance < P_SCENE, typical[labels, 0], np.where(chance < 1.5 * P_SCENE, typical[labels, 1], which))
    top = _pick(np.array([SCENES[s][0] for s in names], dtype=np.float32), scene)
    bottom = _pick(np.array([SCENES[s][1] for s in names], dtype=np.float32), scene)
    slope = n.take(-0.3, 0.3)
    edge = n.take(0.05, 1.2)
    above = _cover(y + slope * x - n.take(-0.6, 0.5), edge)
    rough, clouds = n.take(5.0, 60.0), n.take(10.0, 60.0)
    light = clouds * (_upsample(n.grid(5)) - 0.5) + rough * (_upsample(n.grid(9)) - 0.5)
    light += _grain(n, scene, x, y) * n.take(12.0, 55.0)
    canvas = np.empty((3, labels.size, SIZE, SIZE), dtype=np.float32)
    for c in range(3):
        tint = n.take(-50.0, 50.0) + n.take(10.0, 70.0) * (_upsample(n.grid(4)) - 0.5)
        canvas[c] = bottom[c] + (top[c] - bottom[c]) * above + light + tint
    return canvas


def _grain(n: _Numbers, scene: Labels, x: Plane, y: Plane) -> Plane:
    """What the ground of a scene looks like from close up, between -1 and 1."""
    slope, frequency, phase, other = n.take(-0.2, 0.2), n.take(3.0, 4.5), n.take(), n.take()
    across, up = (x - slope * y) * frequency + phase, (y + slope * x) * frequency + other
    grain = np.zeros(across.shape, dtype=np.float32)
    for index, name in enumerate(SCENES):
        mine = scene == index
        p, q = across[mine], up[mine]
        if name == "meadow":
            grain[mine] = _wave(p + 0.3 * q)
        elif name == "water":
            grain[mine] = _wave(q + 0.2 * _wave(0.5 * p))
        elif name == "street":
            grain[mine] = _wave(p) * _wave(q)
        elif name == "room":
            grain[mine] = _wave(0.7 * p)
        elif name == "night":
            grain[mine] = np.clip(2.0 * _wave(0.6 * p) + 2.0 * _wave(0.6 * q) - 2.5, 0.0, 1.0)
    return grain


def _paint(canvas: Plane, cover: Plane, colour: list[Plane]) -> None:
    for c in range(3):
        canvas[c] += cover * (colour[c] - canvas[c])


def _clutter(n: _Numbers, canvas: Plane, x: Plane, y: Plane) -> None:
    """Three things of no class behind the object: ovals and beams of any colour."""
    for kind in range(3):
        cx, cy, (cos, sin) = n.take(-1.0, 1.0), n.take(-1.0, 1.0), _turn(n, 1.0)
        u, v = cos * (x - cx) + sin * (y - cy), cos * (y - cy) - sin * (x - cx)
        long, wide = n.take(0.15, 0.7), n.take(0.1, 0.4)
        if kind == 0:
            height = np.minimum(3.0 * long - np.abs(u), 0.4 * wide - np.abs(v))
        elif kind == 1:
            height = np.minimum(long - np.abs(u), wide - np.abs(v))
        else:
            height = 0.8 * wide - np.sqrt(u * u + 2.0 * v * v)
        cover = _cover(height, n.take(0.06, 0.3)) * np.where(n.take() < 0.5, n.take(0.3, 1.0), np.float32(0.0))
        _paint(canvas, cover, [n.take(10.0, 245.0) for _ in range(3)])


def _object(n: _Numbers, canvas: Plane, labels: Labels, x: Plane, y: Plane) -> None:
    """The thing itself, textured and lit in its own frame."""
    size, stretch, (cos, sin) = n.take(0.5, 0.95), n.take(0.8, 1.25), _turn(n, 0.15)
    cx, cy = n.take(-0.3, 0.3), n.take(-0.3, 0.3)
    mirror = np.where(n.take() < 0.5, np.float32(-1.0), np.float32(1.0))
    u = mirror * (cos * (x - cx) + sin * (y - cy)) / size
    v = (cos * (y - cy) - sin * (x - cx)) * stretch / size
    softness = n.take(0.05, 0.22) / size
    cover = np.empty(u.shape, dtype=np.float32)
    for index, name in enumerate(CLASS_NAMES):
        mine = labels == index
        cover[mine] = _cover(SILHOUETTES[name](u[mine], v[mine]), softness[mine])

    typical = np.array([TEXTURES.index(LOOKS[c].texture) for c in CLASS_NAMES])
    chance, which = n.take()[:, 0, 0], (n.take()[:, 0, 0] * len(TEXTURES)).astype(np.int64)
    texture = np.where(chance < P_TEXTURE, typical[labels], which)
    pattern = _texture(n, texture, u, v) * n.take(35.0, 95.0)
    shade = n.take(-30.0, 30.0) * u + n.take(-30.0, 30.0) * v + n.take(0.0, 40.0) * (_upsample(n.grid(6)) - 0.5)
    own = _pick(np.array([LOOKS[c].colour for c in CLASS_NAMES], dtype=np.float32), labels)
    is_own = n.take() < P_COLOUR
    paint = []
    for c in range(3):
        base = np.where(is_own, own[c] + n.take(-45.0, 45.0), n.take(15.0, 240.0))
        paint.append(base + shade + pattern * n.take(0.5, 1.2))
    _paint(canvas, cover, paint)


def _texture(n: _Numbers, texture: Labels, u: Plane, v: Plane) -> Plane:
    """A pattern between -1 and 1 in the frame of the object."""
    frequency, shift_u, shift_v = n.take(1.8, 2.6), n.take(), n.take()
    a, b = u * frequency + shift_u, v * frequency + shift_v
    pattern = np.zeros(u.shape, dtype=np.float32)
    for index, name in enumerate(TEXTURES):
        mine = texture == index
        p, q = a[mine], b[mine]
        if name == "bands":
            pattern[mine] = _wave(q)
        elif name == "bars":
            pattern[mine] = _wave(p)
        elif name == "slants":
            pattern[mine] = _wave(0.7 * p + 0.7 * q)
        elif name == "checks":
            pattern[mine] = _wave(0.7 * p) * _wave(0.7 * q) * 1.2
        elif name == "dots":
            pattern[mine] = np.clip(_wave(p) + _wave(q) - 0.5, -0.4, 1.0)
        elif name == "rings":
            x, y = u[mine], v[mine]
            pattern[mine] = _wave(np.sqrt(x * x + y * y) * frequency[mine] + shift_u[mine])
    return pattern


def _occlude(n: _Numbers, canvas: Plane, x: Plane, y: Plane) -> None:
    """In a third of the images something stands in front."""
    cx, cy, (cos, sin) = n.take(-0.9, 0.9), n.take(-0.9, 0.9), _turn(n, 1.0)
    u, v = cos * (x - cx) + sin * (y - cy), cos * (y - cy) - sin * (x - cx)
    height = np.minimum(n.take(0.2, 1.5) - np.abs(u), n.take(0.05, 0.2) - np.abs(v))
    cover = np.where(n.take() < 0.3, _cover(height, n.take(0.06, 0.2)), np.float32(0.0))
    _paint(canvas, cover, [n.take(10.0, 245.0) for _ in range(3)])


def _photograph(n: _Numbers, canvas: Plane, noise: Plane, x: Plane, y: Plane) -> Images:
    """Light from one side, exposure, contrast and noise; then whole numbers."""
    side = n.take(-30.0, 30.0) * x + n.take(-30.0, 30.0) * y
    contrast, exposure, grain = n.take(0.6, 1.3), n.take(-40.0, 30.0), n.take(2.0, 20.0)
    images = np.empty(noise.shape, dtype=np.uint8)
    for c in range(3):
        cast = n.take(-18.0, 18.0)
        plane = (canvas[c] - 125.0) * contrast + (125.0 + exposure + cast) + side + grain * noise[:, c]
        images[:, c] = np.clip(plane + 0.5, 0.0, 255.0).astype(np.uint8)
    return images
