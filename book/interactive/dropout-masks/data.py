"""Dropout on a small row of units: what the page starts from, and a picture with masks of the reference."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layers import dropout_forward

X = np.array([2.0, -1.0, 3.0, 0.5, -2.5, 1.5])
W = np.array([1.3, 1.0, -0.5, 2.0, 0.4, 0.7])
# Scores of three classes, for the ensemble of small networks.
V = np.array([[0.9, -0.4, 0.1], [0.3, 0.8, -0.7], [0.6, -0.2, -0.5], [-0.8, 0.5, 1.1], [0.2, -0.6, 0.3], [0.4, 0.9, -0.3]])
DRAWS = 200


def data() -> dict[str, Any]:
    """The units, the weights of the unit above, those of the three scores, and how many masks have been drawn when the page opens."""
    return {"x": X.tolist(), "w": W.tolist(), "V": V.tolist(), "seed": 7, "draws": 20}


def still(_numbers: dict[str, Any]) -> Figure:
    """One draw at p = 0.5 beside the input, and the mean of all draws."""
    figure, axes = plt.subplots(figsize=(5.2, 2.8))
    place = np.arange(len(X))
    outputs = np.stack([dropout_forward(X, {"mode": "train", "p": 0.5, "seed": seed})[0] for seed in range(DRAWS)])
    axes.bar(place - 0.27, X, 0.25, label="input", color="#1b3a57")
    axes.bar(place, outputs[0], 0.25, label="one draw, p = 0.5", color="#ffffff", edgecolor="#c05a00", hatch="//")
    axes.bar(place + 0.27, outputs.mean(axis=0), 0.25, label=f"mean of {DRAWS} draws", color="#7a7a7a")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(xlabel="unit", ylabel="value")
    axes.legend(frameon=False, fontsize=9)
    return figure
