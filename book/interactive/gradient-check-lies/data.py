"""Verdicts of gradient checks on batch normalization: losses, mistakes and rules of comparison, in all combinations.

Wrong gradients come from the reference itself: test mode takes mean and variance as given, so holding one of them still
gives the gradient that forgets that path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH
from matplotlib.figure import Figure

from coursenn.gradient_check import eval_numerical_gradient_array
from coursenn.layers import batchnorm_backward, batchnorm_forward

RNG = np.random.default_rng(7)
# The third feature has a variance as small as eps, or nothing would tell a forgotten eps.
X = RNG.standard_normal((6, 3)) * [1.0, 3.0, 0.005] + [0.5, -2.0, 0.0]
ONES, ZEROS = np.ones(3), np.zeros(3)
RANDOM = RNG.standard_normal(X.shape)
EPS, STEP = 1e-5, 1e-6
RTOL, ATOL = 1e-5, 1e-7
Array = np.ndarray[Any, Any]


def layer(x: Array, eps: float = EPS) -> tuple[Array, Any]:
    """The layer in training mode."""
    return batchnorm_forward(x, ONES, ZEROS, {"mode": "train", "eps": eps})


def held(mean: bool, variance: bool) -> Callable[[Array], Array]:
    """The derivative with the mean or the variance held still, by complex steps through test mode."""

    def gradient(upstream: Array) -> Array:
        found = np.empty_like(X)
        for place in np.ndindex(X.shape):
            x = X.astype(complex)
            x[place] += 1e-30j
            running = {
                "running_mean": X.mean(axis=0) if mean else x.mean(axis=0),
                "running_var": X.var(axis=0) if variance else ((x - x.mean(axis=0)) ** 2).mean(axis=0),
            }
            out = batchnorm_forward(x, ONES, ZEROS, {"mode": "test", "eps": EPS, **running})[0]
            found[place] = (upstream * out).sum().imag / 1e-30
        return found

    return gradient


LOSSES: dict[str, Callable[[Array], Array]] = {
    "sum of y": np.ones_like,
    "sum of y\u00b2": lambda y: 2 * y,
    "random upstream": lambda y: RANDOM,
}
GRADIENTS: dict[str, Callable[[Array], Array]] = {
    "none": lambda upstream: batchnorm_backward(upstream, layer(X)[1])[0],
    "returns zeros": np.zeros_like,
    "no path through mean": held(True, False),
    "no path through variance": held(False, True),
    "neither path": held(True, True),
    "eps forgotten": lambda upstream: batchnorm_backward(upstream, layer(X, 1e-300)[1])[0],
    "an extra 1/N": lambda upstream: batchnorm_backward(upstream, layer(X)[1])[0] / len(X),
}
RULES: dict[str, Callable[[Array, Array], float]] = {
    "relative": lambda g, n: float(np.max(abs(g - n) / np.maximum(1e-300, abs(g) + abs(n))) / RTOL),
    "absolute": lambda g, n: float(np.max(abs(g - n)) / RTOL),
    "scaled": lambda g, n: float(np.max(abs(g - n)) / (ATOL + RTOL * np.max(abs(n)))),
}


def data() -> dict[str, Any]:
    """How many times the allowed error each combination makes: it passes up to 1."""
    return {
        "rules": list(RULES),
        "rtol": RTOL,
        "atol": ATOL,
        "bugs": list(GRADIENTS),
        "errors": {name: _of(upstream(layer(X)[0])) for name, upstream in LOSSES.items()},
    }


def _of(upstream: Array) -> list[list[float]]:
    # The upstream gradient of sum(y**2) moves with y; for a derivative at X it may be taken as it is there.
    numeric = eval_numerical_gradient_array(lambda x: layer(x)[0], X.copy(), upstream, h=STEP)
    return [[rule(gradient(upstream), numeric) for rule in RULES.values()] for gradient in GRADIENTS.values()]


def still(numbers: dict[str, Any]) -> Figure:
    """All verdicts as one table per loss; a verdict that misleads is shaded."""
    figure, panels = plt.subplots(3, 1, figsize=(WIDTH + 1, 7.5))
    for axes, (loss, errors) in zip(panels, numbers["errors"].items(), strict=True):
        passed = np.array(errors) <= 1
        cells = [["passes" if p else "fails" for p in row] for row in passed]
        right = np.arange(len(passed)) == 0
        colours = [["#d0d0d0" if p != r else "white" for p in row] for row, r in zip(passed, right, strict=True)]
        table = axes.table(cells, colours, rowLabels=numbers["bugs"], colLabels=numbers["rules"], loc="center", cellLoc="center")
        table.auto_set_font_size(False)
        table.set_fontsize(9)
        axes.set_title(f"loss: {loss} (shaded: misleads)", fontsize=10)
        axes.axis("off")
    figure.tight_layout()
    return figure
