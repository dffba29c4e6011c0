"""Loss of a small network along its gradient, without normalisation, with batch and with layer normalisation."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.classifiers.fc_net import FullyConnectedNet

CLASSES, FEATURES, EXAMPLES, HIDDEN = 5, 20, 120, [40] * 4
NORMS = {"none": None, "batch": "batchnorm", "layer": "layernorm"}
SCALES = (0.05, 0.1, 0.2, 0.4, 0.8)
STEPS = 10.0 ** np.arange(-4, 2.1, 0.125)
# A loss above this is drawn at the edge.
MOST = 1e6


def data() -> dict[str, Any]:
    """For each scale of the weights and each normalisation the loss over the step length."""
    return {
        "steps": [float(f"{step:.4g}") for step in STEPS],
        "scales": SCALES,
        "constants": {"classes": CLASSES, "features": FEATURES, "examples": EXAMPLES, "layers": len(HIDDEN), "units": HIDDEN[0]},
        "losses": {name: [_along(norm, scale) for scale in SCALES] for name, norm in NORMS.items()},
    }


def _along(normalization: str | None, scale: float) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((EXAMPLES, FEATURES)), rng.integers(0, CLASSES, EXAMPLES)
    net = FullyConnectedNet(
        HIDDEN, input_dim=FEATURES, num_classes=CLASSES, normalization=normalization, weight_scale=scale, dtype=np.float64, seed=2
    )
    start = {name: value.copy() for name, value in net.params.items()}
    loss, grads = net.loss(x, y)
    found = []
    for step in STEPS:
        net.params = {name: value - step * grads[name] for name, value in start.items()}
        found.append(min(MOST, float(f"{net.loss(x, y)[0]:.8g}")))
    return {"start": float(f"{loss:.8g}"), "length": float(f"{np.sqrt(sum((g**2).sum() for g in grads.values())):.4g}"), "along": found}


def still(numbers: dict[str, Any]) -> Figure:
    """Loss relative to its start over the step, for three scales of the weights."""
    figure, panels = plt.subplots(3, 1, figsize=(5.2, 7), sharex=True)
    for axes, k in zip(panels, (1, 2, 3), strict=True):
        for name, curves in numbers["losses"].items():
            axes.semilogx(numbers["steps"], np.array(curves[k]["along"]) / curves[k]["start"], label=name)
        axes.set(ylim=(0, 3), ylabel="loss / loss at 0")
        axes.set_title(f"weight scale {numbers['scales'][k]}", fontsize=11)
    panels[0].legend(fontsize=9, title="normalization")
    panels[-1].set_xlabel("step along the negative gradient")
    figure.tight_layout()
    return figure
