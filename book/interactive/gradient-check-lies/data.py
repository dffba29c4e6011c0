"""Inputs of the gradient checks on the page, and a picture of what the checker of the course says to them."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.gradient_check import eval_numerical_gradient_array
from coursenn.layers import batchnorm_backward, batchnorm_forward

EPS, RTOL, ATOL = 1e-5, 1e-5, 1e-7
Array = np.ndarray[Any, Any]


def data() -> dict[str, Any]:
    """For each layer an input and a random upstream gradient, with the parameters that it has."""
    rng = np.random.default_rng(7)
    # The third feature has a variance as small as eps, or nothing would tell a forgotten eps.
    x = rng.standard_normal((6, 3)) * [1.0, 3.0, 0.005] + [0.5, -2.0, 0.0]
    upstream = rng.standard_normal(x.shape)
    # One entry is near the kink.
    bent = rng.standard_normal((6, 3))
    bent[2, 1] = 3e-4
    w = rng.standard_normal((3, 3))
    return {
        "rtol": RTOL,
        "atol": ATOL,
        "batch norm": {"x": x.tolist(), "upstream": upstream.tolist(), "eps": EPS},
        "ReLU": {"x": bent.tolist(), "upstream": rng.standard_normal(x.shape).tolist()},
        "affine": {
            "x": rng.standard_normal((6, 3)).tolist(),
            "upstream": rng.standard_normal(x.shape).tolist(),
            "w": w.tolist(),
            "b": [0.5, -1.0, 0.25],
        },
    }


def still(numbers: dict[str, Any]) -> Figure:
    """Error of batch normalization's right gradient and of zeros over the step, for two losses."""
    inputs = numbers["batch norm"]
    x, random = np.array(inputs["x"]), np.array(inputs["upstream"])
    parameters = (np.ones(3), np.zeros(3), {"mode": "train", "eps": EPS})
    _, cache = batchnorm_forward(x, *parameters)
    steps = 10.0 ** np.arange(-12, 0.1, 0.5)
    figure, panels = plt.subplots(2, 1, figsize=(5.2, 5.2), sharex=True)
    for axes, (name, upstream) in zip(panels, {"sum of y": np.ones_like(x), "random upstream gradient": random}.items(), strict=True):
        right = batchnorm_backward(upstream, cache)[0]
        for label, gradient in {"right gradient": right, "zeros": np.zeros_like(x)}.items():
            errors = []
            for h in steps:
                numeric = eval_numerical_gradient_array(lambda v: batchnorm_forward(v, *parameters)[0], x.copy(), upstream, h=h)
                errors.append(abs(gradient - numeric).max() / (ATOL + RTOL * abs(numeric).max()))
            axes.loglog(steps, np.maximum(errors, 1e-9), label=label)
        axes.axhline(1, color="black", linewidth=1)
        axes.set(ylabel="error / allowed", ylim=(1e-6, 1e8))
        axes.set_title(f"loss: {name}", fontsize=11)
    panels[0].legend(fontsize=9)
    panels[1].set_xlabel("step h")
    figure.tight_layout()
    return figure
