"""Batch normalization of one feature of three examples, node by node: what the page starts from, and its picture from the reference."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, MIDDLE
from matplotlib.figure import Figure

from coursenn.layers import batchnorm_backward, batchnorm_forward

START = {"x": [1.0, 3.0, 8.0], "gamma": 2.0, "beta": 1.0, "eps": 0.1, "upstream": [1.0, -2.0, 3.0]}
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
VIEW = (90, 10)


def data() -> dict[str, Any]:
    """The numbers that are in the boxes when the page opens, the names of the nodes in forward order, and the first view."""
    return {"start": START, "names": NAMES, "view": VIEW}


def still(numbers: dict[str, Any]) -> Figure:
    """What goes in and what comes out: for each example x and its gradient, y and the upstream gradient."""
    start = numbers["start"]
    x, upstream = np.array(start["x"])[:, None], np.array(start["upstream"])[:, None]
    gamma, beta = np.array([start["gamma"]]), np.array([start["beta"]])
    param = {"mode": "train", "eps": start["eps"], "momentum": 0.0}
    y, cache = batchnorm_forward(x, gamma, beta, param)
    hat = batchnorm_forward(x, np.ones(1), np.zeros(1), dict(param))[0]
    dx, dgamma, dbeta = batchnorm_backward(upstream, cache)
    rows = {
        "$x$": (x, dx),
        r"$\mu$": (param["running_mean"], None),
        r"$\sigma^2$": (param["running_var"], None),
        r"$\hat x$": (hat, gamma * upstream),
        r"$\gamma$": (gamma, dgamma),
        r"$\beta$": (beta, dbeta),
        "$y$": (y, upstream),
    }
    figure, axes = plt.subplots(figsize=(5.2, 3.0))
    cells = [["" if part is None else ",  ".join(f"{v:.2f}" for v in np.ravel(part) + 0.0) for part in pair] for pair in rows.values()]
    table = axes.table(cells, rowLabels=list(rows), colLabels=["value", "gradient"], loc="center", cellLoc="center", edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(10)
    table.scale(1, 1.5)
    for (row, column), cell in table.get_celld().items():
        if row and column >= 0:
            cell.get_text().set_color(MIDDLE if column else DARK)
    axes.axis("off")
    return figure
