"""Every node of the graph of batch normalization, with its value and its gradient, for one feature of three examples.

Values and gradients come from the reference: test mode takes mean and variance as given, so a complex step in either, or in
the input alone, is the gradient of that node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layers import batchnorm_backward, batchnorm_forward

X = np.array([1.0, 3.0, 8.0])
GAMMA, BETA, EPS = 2.0, 1.0, 0.1
UPSTREAM = np.array([1.0, -2.0, 3.0])
Array = np.ndarray[Any, Any]
NAMES = {
    "x": "x",
    "mean": "\u03bc",
    "diff": "x \u2212 \u03bc",
    "square": "(x \u2212 \u03bc)\u00b2",
    "var": "\u03c3\u00b2",
    "root": "\u221a(\u03c3\u00b2 + \u03b5)",
    "hat": "x\u0302",
    "gamma": "\u03b3",
    "scaled": "\u03b3 x\u0302",
    "beta": "\u03b2",
    "y": "y",
}
PLACES = {
    "x": (24, 130), "mean": (62, 45), "diff": (112, 130), "square": (152, 45), "var": (242, 45), "root": (340, 45),
    "hat": (216, 130), "gamma": (294, 215), "scaled": (294, 130), "beta": (374, 215), "y": (374, 130),
}  # fmt: skip
ARROWS = "x-mean x-diff mean-diff diff-square square-var var-root root-hat diff-hat hat-scaled gamma-scaled scaled-y beta-y"


def test_mode(x: Array, mean: Array, var: Array) -> Array:
    """The layer with given statistics; arrays of one entry for the statistics."""
    param = {"mode": "test", "eps": EPS, "running_mean": mean, "running_var": var}
    ones = np.ones(1)
    return batchnorm_forward(x[:, None].astype(complex), GAMMA * ones, BETA * ones, param)[0][:, 0]


def slope(outputs: Callable[[Array], Array], at: Array) -> list[float]:
    """Gradient of the upstream-weighted sum of outputs, by complex steps."""
    found = []
    for k in range(at.size):
        moved = at.astype(complex)
        moved[k] += 1e-30j
        found.append(float((UPSTREAM * outputs(moved)).sum().imag / 1e-30))
    return found


def data() -> dict[str, Any]:
    """Nodes in forward order, each with its value and gradient."""
    param = {"mode": "train", "eps": EPS, "momentum": 0.0}
    y, cache = batchnorm_forward(X[:, None], np.array([GAMMA]), np.array([BETA]), param)
    dx, dgamma, dbeta = (array.ravel() for array in batchnorm_backward(UPSTREAM[:, None], cache))
    hat = batchnorm_forward(X[:, None], np.ones(1), np.zeros(1), dict(param))[0].ravel()
    mean, var = param["running_mean"], param["running_var"]
    zero, diff, root = np.zeros(1), X - mean, np.sqrt(var + EPS)
    found = {
        "x": (X, dx),
        "mean": (mean, slope(lambda m: test_mode(X, m, ((X - m) ** 2).mean(keepdims=True)), mean)),
        "diff": (diff, slope(lambda d: test_mode(d, zero, (d**2).mean(keepdims=True)), diff)),
        "square": (diff**2, slope(lambda s: test_mode(X, mean, s.mean(keepdims=True)), diff**2)),
        "var": (var, slope(lambda v: test_mode(X, mean, v), var)),
        "root": (root, slope(lambda r: test_mode(X, mean, r**2 - EPS), root)),
        "hat": (hat, GAMMA * UPSTREAM),
        "gamma": (np.array([GAMMA]), dgamma),
        "scaled": (y.ravel() - BETA, UPSTREAM),
        "beta": (np.array([BETA]), dbeta),
        "y": (y.ravel(), UPSTREAM),
    }
    nodes = [
        {"key": key, "name": NAMES[key], "at": PLACES[key], "value": rounded(value), "gradient": rounded(gradient)}
        for key, (value, gradient) in found.items()
    ]
    return {"eps": EPS, "edges": [arrow.split("-") for arrow in ARROWS.split()], "nodes": nodes}


def rounded(values: Any) -> list[float]:
    """Plain numbers, with enough digits to compare."""
    return [round(float(value), 9) + 0.0 for value in np.ravel(values)]


def still(numbers: dict[str, Any]) -> Figure:
    """A table of all values and gradients in the order of the forward pass."""
    figure, axes = plt.subplots(figsize=(5.6, 4.6))
    cells = [[", ".join(f"{v:.3f}" for v in node[which]) for which in ("value", "gradient")] for node in numbers["nodes"]]
    names = [node["name"] for node in numbers["nodes"]]
    names[names.index("x\u0302")] = r"$\hat{x}$"
    names[names.index("\u03b3 x\u0302")] = r"$\gamma\,\hat{x}$"
    table = axes.table(cells, rowLabels=names, colLabels=["value", "gradient"], loc="center", cellLoc="center")
    table.auto_set_font_size(False)
    table.set_fontsize(10)
    table.scale(1, 1.5)
    axes.axis("off")
    return figure
