"""Size of activations layer by layer, over the scale of the weights: what the page starts from, and a picture of the reference's layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layer_utils import affine_norm_relu_forward, affine_relu_forward
from coursenn.layers import affine_forward

UNITS, DEPTH, EXAMPLES, EPS = 64, 30, 50, 1e-5
# Of the picture, in units of 1 / sqrt(n).
GAINS = (0.5, 1.0, float(np.sqrt(2)), 2.0)
Array = np.ndarray[Any, Any]


def with_norm(h: Array, w: Array) -> Array:
    """Affine, batch normalization, ReLU."""
    ones = np.ones(UNITS)
    return affine_norm_relu_forward(h, w, 0 * ones, ones, 0 * ones, {"mode": "train", "eps": EPS}, "batchnorm")[0]


STACKS: dict[str, Callable[[Array, Array], Array]] = {
    "affine": lambda h, w: affine_forward(h, w, np.zeros(UNITS))[0],
    "affine, ReLU": lambda h, w: affine_relu_forward(h, w, np.zeros(UNITS))[0],
    "affine, batch norm, ReLU": with_norm,
}


def data() -> dict[str, Any]:
    """What the page starts from; it draws and computes in the browser."""
    return {"units": UNITS, "depth": DEPTH, "examples": EXAMPLES, "seed": 1, "eps": EPS}


def _sizes(stack: Callable[[Array, Array], Array], gain: float) -> list[float]:
    """Root mean squares of the reference's activations, from the input on."""
    rng = np.random.default_rng(3)
    h = rng.standard_normal((EXAMPLES, UNITS))
    found = [h]
    for _ in range(DEPTH):
        found.append(stack(found[-1], gain / np.sqrt(UNITS) * rng.standard_normal((UNITS, UNITS))))
    return [float(np.sqrt((h**2).mean())) for h in found]


def still(_numbers: dict[str, Any]) -> Figure:
    """Four gains in each of the three stacks, computed by the reference."""
    figure, panels = plt.subplots(3, 1, figsize=(5.2, 7.5), sharex=True)
    for axes, (name, stack) in zip(panels, STACKS.items(), strict=True):
        for gain in GAINS:
            axes.semilogy(_sizes(stack, gain), label=f"{gain:.2f}/\u221an")
        axes.set_title(name, fontsize=11)
        axes.set(ylim=(1e-14, 1e10), ylabel="root mean square")
    panels[0].legend(fontsize=9, ncols=2)
    panels[-1].set_xlabel("layer")
    figure.tight_layout()
    return figure
