"""Loss of a small network along its gradient, by normalization: what the page starts from, and a picture of the reference's networks."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.classifiers.fc_net import FullyConnectedNet

CLASSES, FEATURES, EXAMPLES, UNITS, DEPTH, EPS = 5, 20, 120, 40, 4, 1e-5
NORMS = {"none": None, "batch": "batchnorm", "layer": "layernorm"}
SCALES = (0.05, 0.1, 0.2, 0.4, 0.8)
STEPS = 10.0 ** np.arange(-4, 2.1, 0.125)


def data() -> dict[str, Any]:
    """What the page starts from; it draws and computes in the browser."""
    sizes = {"classes": CLASSES, "features": FEATURES, "examples": EXAMPLES, "units": UNITS, "depth": DEPTH}
    return {**sizes, "eps": EPS, "seed": 1, "scales": SCALES, "steps": [float(f"{step:.4g}") for step in STEPS]}


def _relative(normalization: str | None, scale: float) -> list[float]:
    """The reference's loss after each step, as a multiple of the loss before."""
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((EXAMPLES, FEATURES)), rng.integers(0, CLASSES, EXAMPLES)
    net = FullyConnectedNet(
        [UNITS] * DEPTH,
        input_dim=FEATURES,
        num_classes=CLASSES,
        normalization=normalization,
        weight_scale=scale,
        dtype=np.float64,
        seed=2,
    )
    start = {name: value.copy() for name, value in net.params.items()}
    loss, grads = net.loss(x, y)
    found = []
    for step in STEPS:
        net.params = {name: value - step * grads[name] for name, value in start.items()}
        found.append(net.loss(x, y)[0] / loss)
    return found


def still(_numbers: dict[str, Any]) -> Figure:
    """Loss relative to its start over the step, for three scales of the weights."""
    figure, panels = plt.subplots(3, 1, figsize=(5.2, 7), sharex=True)
    for axes, scale in zip(panels, SCALES[1:4], strict=True):
        for name, normalization in NORMS.items():
            # A loss beyond the picture's edge is drawn a little outside of it.
            axes.semilogx(STEPS, np.minimum(_relative(normalization, scale), 1e3), label=name)
        axes.set(ylim=(0, 3), ylabel="loss / loss at 0")
        axes.set_title(f"weight scale {scale}", fontsize=11)
    panels[0].legend(fontsize=9, title="normalization")
    panels[-1].set_xlabel("step along the negative gradient")
    figure.tight_layout()
    return figure
