"""Dropout on a small row of units: masks, the mean over many of them, and all masks of a tiny layer with their probabilities."""

from __future__ import annotations

import itertools
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layers import affine_forward, dropout_forward, softmax_loss

KEEPS = (0.25, 0.5, 0.75, 1.0)
X = np.array([2.0, -1.0, 3.0, 0.5, -2.5, 1.5])
W = np.array([1.3, 1.0, -0.5, 2.0, 0.4, 0.7])
# Scores of three classes, for the ensemble of small networks.
V = np.array([[0.9, -0.4, 0.1], [0.3, 0.8, -0.7], [0.6, -0.2, -0.5], [-0.8, 0.5, 1.1], [0.2, -0.6, 0.3], [0.4, 0.9, -0.3]])
DRAWS = 200


def data() -> dict[str, Any]:
    """For each keep probability: outputs of single draws, running means, and the exact distribution of the unit above."""
    return {"x": X.tolist(), "w": W.tolist(), "z": float(X @ W), "keeps": {str(p): _of(p) for p in KEEPS}}


def _of(p: float) -> dict[str, Any]:
    outputs = np.stack([dropout_forward(X, {"mode": "train", "p": p, "seed": seed})[0] for seed in range(DRAWS)])
    means = outputs.cumsum(axis=0) / np.arange(1, DRAWS + 1)[:, None]
    masks = np.array(list(itertools.product([0, 1], repeat=len(X))))
    chances = p ** masks.sum(1) * (1 - p) ** (len(X) - masks.sum(1))
    values = ((masks * X / p) @ W).round(6)
    different, which = np.unique(values, return_inverse=True)
    return {
        "outputs": outputs.round(6).tolist(),
        "means": means.round(6).tolist(),
        "sums": {"values": different.tolist(), "chances": np.bincount(which, chances).tolist()},
        "ensemble": _ensemble(masks * X / p, chances),
        "mean": float(chances @ values),
        "variance": float(chances @ values**2 - (chances @ values) ** 2),
    }


def _ensemble(inputs: np.ndarray[Any, Any], chances: np.ndarray[Any, Any]) -> dict[str, list[float]]:
    """Probabilities of the classes: both means over all masks, and those of test mode."""
    members = _probabilities(inputs)
    geometric = np.exp(chances @ np.log(members))
    means = {
        "average of all": chances @ members,
        "geometric mean of all": geometric / geometric.sum(),
        "test mode": _probabilities(X[None])[0],
    }
    return {name: values.round(9).tolist() for name, values in means.items()}


def _probabilities(inputs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The softmax of the scores, from the loss of one example with each label."""
    scores = affine_forward(inputs, V, np.zeros(V.shape[1]))[0]
    losses = [[softmax_loss(row[None], np.array([label]))[0] for label in range(len(row))] for row in scores]
    return np.exp(-np.array(losses))


def still(numbers: dict[str, Any]) -> Figure:
    """One draw at p = 0.5 beside the input, and the mean of all draws."""
    figure, axes = plt.subplots(figsize=(5.2, 2.8))
    half, place = numbers["keeps"]["0.5"], np.arange(len(X))
    axes.bar(place - 0.27, numbers["x"], 0.25, label="input", color="#1b3a57")
    axes.bar(place, half["outputs"][0], 0.25, label="one draw, p = 0.5", color="#ffffff", edgecolor="#c05a00", hatch="//")
    axes.bar(place + 0.27, half["means"][-1], 0.25, label=f"mean of {DRAWS} draws", color="#7a7a7a")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(xlabel="unit", ylabel="value")
    axes.legend(frameon=False, fontsize=9)
    return figure
