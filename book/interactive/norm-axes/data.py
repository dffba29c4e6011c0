"""Which entries of a batch share a mean: the batch that the page starts from, and a picture of five normalisations of the reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from coursenn.layers import batchnorm_forward, layernorm_forward, spatial_batchnorm_forward, spatial_groupnorm_forward

SHAPE = (3, 4, 2, 2)
EPS = 1e-5
X = np.random.default_rng(4).integers(-4, 10, SHAPE).astype(float)
Array = np.ndarray[Any, Any]


def flat(layer: Callable[[Array, Array, Array, dict[str, Any]], tuple[Array, Any]], param: dict[str, Any]) -> Array:
    """A layer for vectors, with images laid out as vectors."""
    rows = X.reshape(len(X), -1)
    ones = np.ones(rows.shape[1])
    return layer(rows, ones, 0 * ones, param)[0].reshape(SHAPE)


def groups(count: int) -> Array:
    """Group normalisation."""
    ones = np.ones((1, SHAPE[1], 1, 1))
    return spatial_groupnorm_forward(X, ones, 0 * ones, count, {})[0]


# For each: normalised entries, and for which axes an entry's place matters; a channel counts by its group.
NORMS: dict[str, tuple[Callable[[], Array], tuple[int, int, int, int], int]] = {
    "batch": (lambda: flat(batchnorm_forward, {"mode": "train"}), (0, 1, 1, 1), 4),
    "spatial batch": (lambda: spatial_batchnorm_forward(X, np.ones(4), np.zeros(4), {"mode": "train"})[0], (0, 1, 0, 0), 4),
    "layer": (lambda: flat(layernorm_forward, {}), (1, 0, 0, 0), 4),
    "group, G = 2": (lambda: groups(2), (1, 1, 0, 0), 2),
    "instance": (lambda: groups(4), (1, 1, 0, 0), 4),
}


def data() -> dict[str, Any]:
    """The batch that the page starts from."""
    return {"shape": SHAPE, "eps": EPS, "x": X.tolist()}


def _of(normalise: Callable[[], Array], matters: tuple[int, int, int, int], count: int) -> tuple[Array, float]:
    """The sets of a normalisation, numbered, and the mean of the first one, read from the reference's output."""
    places = np.indices(SHAPE)
    places[1] = places[1] * count // SHAPE[1]
    keys = np.stack([place * used for place, used in zip(places, matters, strict=True)], axis=-1).reshape(-1, 4)
    member = np.unique(keys, axis=0, return_inverse=True)[1].reshape(SHAPE)
    # x is a straight line over its normalised value; its height is what was subtracted.
    first = member == member[0, 0, 0, 0]
    return member, float(np.polyfit(normalise()[first], X[first], 1)[1])


def still(_numbers: dict[str, Any]) -> Figure:
    """For each normalisation all images and channels, the set of the first entry hatched."""
    figure, panels = plt.subplots(len(NORMS), 1, figsize=(WIDTH, 9.5))
    for axes, (name, parts) in zip(panels, NORMS.items(), strict=True):
        members, mean = _of(*parts)
        for (n, c, h, w), member in np.ndenumerate(members):
            left, top = 5.5 * n + 2.2 * w, -1.3 * (2 * c + h) - 0.4 * c
            inside = member == members[0, 0, 0, 0]
            look = {"facecolor": "#b9cfe4", "hatch": "///"} if inside else {"facecolor": "white"}
            axes.add_patch(Rectangle((left, top), 2.1, 1.2, edgecolor=DARK, linewidth=1, **look))
        axes.set(xlim=(-0.2, 15.6), ylim=(-10.6, 1.4), aspect="auto", xticks=[], yticks=[])
        axes.set_title(
            f"{name}: {(members == members[0, 0, 0, 0]).sum()} entries share a mean, here {mean:.2f}".replace("-", "\u2212"), fontsize=10
        )
        axes.set_ylabel("channels", fontsize=9)
        axes.set_xlabel("images", fontsize=9)
        for spine in axes.spines.values():
            spine.set_visible(False)
    figure.tight_layout()
    return figure
