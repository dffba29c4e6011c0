"""The gradient of a normalised feature of three examples as a projection in space."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layers import batchnorm_backward, batchnorm_forward

X = np.array([-1.0, 0.5, 3.0])
# So small that the gradient loses its whole part along the normalised feature.
EPS = 1e-12
UPSTREAM = {
    "a mixture": [1.8, -0.4, 0.6],
    "another mixture": [-0.5, 1.5, 1.0],
    "the same for all": [1.0, 1.0, 1.0],
    "half of the feature": [-0.5, 0.25, 1.5],
    "at a right angle to both": [1.0, -1.6, 0.6],
}
VIEW = (35, 25)


def data() -> dict[str, Any]:
    """For each upstream gradient its three parts and the gradient that the reference computes."""
    hat, cache = batchnorm_forward(X[:, None], np.ones(1), np.zeros(1), {"mode": "train", "eps": EPS})
    plane = np.column_stack([np.ones(3), hat.ravel()])
    # The reference's gradient is the rest over the deviation, which is the slope of x over its normalised value.
    deviation = float(np.polyfit(hat.ravel(), X, 1)[0])
    cases = {}
    for name, upstream in UPSTREAM.items():
        g = np.array(upstream)
        share = np.linalg.lstsq(plane, g, rcond=None)[0]
        dx = batchnorm_backward(g[:, None], cache)[0].ravel()
        parts = {"gradient": g, "ones": share[0] * plane[:, 0], "hat": share[1] * plane[:, 1], "rest": dx * deviation, "dx": dx}
        cases[name] = {part: (vector.round(9) + 0.0).tolist() for part, vector in parts.items()}
    return {"x": X.tolist(), "hat": hat.ravel().round(9).tolist(), "deviation": round(deviation, 9), "view": VIEW, "cases": cases}


def still(numbers: dict[str, Any]) -> Figure:
    """The first case from the first point of view."""
    case = numbers["cases"]["a mixture"]
    turn, tilt = np.radians(numbers["view"])
    across = np.array([np.cos(turn), np.sin(turn), 0])
    up = np.array([np.sin(turn) * np.sin(tilt), -np.cos(turn) * np.sin(tilt), np.cos(tilt)])
    figure, axes = plt.subplots(figsize=(5.2, 4.2))
    start = np.array(case["gradient"])
    lines = {
        "direction of 1": ("#7a7a7a", ":", [-np.ones(3), np.ones(3)]),
        "direction of the feature": ("#7a7a7a", "--", [-np.array(numbers["hat"]), np.array(numbers["hat"])]),
        "upstream gradient": ("#1b3a57", "-", [0 * start, start]),
        "what is left": ("#c05a00", "-", [0 * start, np.array(case["rest"])]),
        "what is taken away": ("black", "-.", [np.array(case["rest"]), start]),
    }
    for label, (colour, style, ends) in lines.items():
        flat = np.array([[end @ across, end @ up] for end in ends])
        axes.plot(*flat.T, linestyle=style, color=colour, label=label, marker="o" if style == "-" else None, markevery=[1])
    axes.set(aspect="equal")
    axes.axis("off")
    axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(0, 0))
    return figure
