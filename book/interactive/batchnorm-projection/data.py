"""The gradient of a normalized feature of three examples as a projection in space."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layers import batchnorm_backward, batchnorm_forward

X = np.array([-1.0, 0.5, 3.0])
UPSTREAM = np.array([1.8, -0.4, 0.6])
# So small that the gradient loses its whole part along the normalized feature.
EPS = 1e-12
VIEW = (355, 40)


def data() -> dict[str, Any]:
    """What the page starts from."""
    return {"x": X.tolist(), "upstream": UPSTREAM.tolist(), "view": VIEW}


def still(numbers: dict[str, Any]) -> Figure:
    """The upstream gradient and what the reference leaves of it, from the first point of view."""
    hat, cache = batchnorm_forward(X[:, None], np.ones(1), np.zeros(1), {"mode": "train", "eps": EPS})
    rest = batchnorm_backward(UPSTREAM[:, None], cache)[0].ravel() * X.std()
    turn, tilt = np.radians(numbers["view"])
    across = np.array([np.cos(turn), np.sin(turn), 0])
    up = np.array([np.sin(turn) * np.sin(tilt), -np.cos(turn) * np.sin(tilt), np.cos(tilt)])
    figure, axes = plt.subplots(figsize=(5.2, 4.2))
    lines = {
        "direction of 1": ("#7a7a7a", ":", [-np.ones(3), np.ones(3)]),
        "direction of the feature": ("#7a7a7a", "--", [-hat.ravel(), hat.ravel()]),
        "upstream gradient": ("#1b3a57", "-", [0 * X, UPSTREAM]),
        "what is left": ("#c05a00", "-", [0 * X, rest]),
        "what is taken away": ("black", "-.", [rest, UPSTREAM]),
    }
    for label, (colour, style, ends) in lines.items():
        flat = np.array([[end @ across, end @ up] for end in ends])
        axes.plot(*flat.T, linestyle=style, color=colour, label=label, marker="o" if style == "-" else None, markevery=[1])
    axes.set(aspect="equal")
    axes.axis("off")
    axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(0, 0))
    return figure
