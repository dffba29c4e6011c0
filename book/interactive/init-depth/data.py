"""Size of activations layer by layer, over the scale of the weights: without and with ReLU, and with batch normalization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layer_utils import affine_norm_relu_forward, affine_relu_forward
from coursenn.layers import affine_forward

UNITS, DEPTH, EXAMPLES = 64, 30, 100
# In units of 1 / sqrt(n), half and double by steps of a quarter octave.
GAINS = 2.0 ** np.arange(-1, 1.3, 0.25)
Array = np.ndarray[Any, Any]


def with_norm(h: Array, w: Array) -> Array:
    """Affine, batch normalization, ReLU."""
    ones = np.ones(UNITS)
    return affine_norm_relu_forward(h, w, 0 * ones, ones, 0 * ones, {"mode": "train"}, "batchnorm")[0]


STACKS: dict[str, Callable[[Array, Array], Array]] = {
    "affine": lambda h, w: affine_forward(h, w, np.zeros(UNITS))[0],
    "affine, ReLU": lambda h, w: affine_relu_forward(h, w, np.zeros(UNITS))[0],
    "affine, batch norm, ReLU": with_norm,
}


def data() -> dict[str, Any]:
    """Root mean squares from the input on, one list for each gain."""
    return {
        "units": UNITS,
        "gains": GAINS.round(4).tolist(),
        "sizes": {name: [_sizes(stack, gain) for gain in GAINS] for name, stack in STACKS.items()},
    }


def _sizes(stack: Callable[[Array, Array], Array], gain: float) -> list[float]:
    rng = np.random.default_rng(3)
    h = rng.standard_normal((EXAMPLES, UNITS))
    found = [h]
    for _ in range(DEPTH):
        found.append(stack(found[-1], gain / np.sqrt(UNITS) * rng.standard_normal((UNITS, UNITS))))
    return [float(f"{np.sqrt((h**2).mean()):.5g}") for h in found]


def still(numbers: dict[str, Any]) -> Figure:
    """Four gains in each of the three stacks."""
    figure, panels = plt.subplots(3, 1, figsize=(5.2, 7.5), sharex=True)
    for axes, (name, sizes) in zip(panels, numbers["sizes"].items(), strict=True):
        for k in (0, 4, 6, 8):
            axes.semilogy(sizes[k], label=f"{numbers['gains'][k]:.2f}/\u221an")
        axes.set_title(name, fontsize=11)
        axes.set(ylim=(1e-14, 1e10), ylabel="root mean square")
    panels[0].legend(fontsize=9, ncols=2)
    panels[-1].set_xlabel("layer")
    figure.tight_layout()
    return figure
