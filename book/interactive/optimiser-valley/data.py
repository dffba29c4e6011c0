"""Four update rules on a quadratic loss with two curvatures: what the page starts from, and a picture with the reference's rules."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.optim import adam, rmsprop, sgd, sgd_momentum

START, CURVATURE, STEPS = [-10.0, 2.0], 50, 30
# As the page names them; "second" is the memory of squares.
SETTINGS: dict[str, dict[str, float]] = {
    "gradient descent": {"rate": 0.037},
    "momentum": {"rate": 0.037, "memory": 0.8},
    "RMSProp": {"rate": 0.3, "memory": 0.9},
    "Adam": {"rate": 0.6, "memory": 0.9, "second": 0.999},
}


def data() -> dict[str, Any]:
    """Start, ratio of curvatures and settings of each rule."""
    return {"start": START, "curvature": CURVATURE, "settings": SETTINGS}


def still(_numbers: dict[str, Any]) -> Figure:
    """The path of each rule, one above the other."""
    rules = {
        "gradient descent": (sgd, {}),
        "momentum": (sgd_momentum, {"momentum": SETTINGS["momentum"]["memory"]}),
        "RMSProp": (rmsprop, {"decay_rate": SETTINGS["RMSProp"]["memory"]}),
        "Adam": (adam, {}),
    }
    curvatures = np.array([1.0, CURVATURE])
    figure, panels = plt.subplots(4, 1, figsize=(5.2, 6.6), sharex=True)
    across, up = np.meshgrid(np.linspace(-11, 6, 200), np.linspace(-3, 3, 120))
    for axes, (name, (rule, more)) in zip(panels, rules.items(), strict=True):
        points, config = [np.array(START)], {"learning_rate": SETTINGS[name]["rate"], **more}
        for _ in range(STEPS):
            moved, config = rule(points[-1], curvatures * points[-1], config)
            points.append(moved)
        axes.contour(
            across,
            up,
            (across**2 + CURVATURE * up**2) / 2,
            levels=[1, 5, 15, 35, 70, 120, 200],
            colors="0.75",
            linewidths=1,
            linestyles="-",
        )
        axes.plot(*np.array(points).T, marker="o", markersize=3, linewidth=1.2, linestyle="-")
        axes.plot(0, 0, marker="+", color="black", markersize=12)
        axes.set(xlim=(-11, 6), ylim=(-3, 3))
        axes.set_title(f"{name}, rate {SETTINGS[name]['rate']}", fontsize=11)
    figure.tight_layout()
    return figure
