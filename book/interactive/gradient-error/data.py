"""Error of numeric derivatives of batch normalization over the step: what the page starts from, and a picture of the reference's errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layers import batchnorm_backward, batchnorm_forward

EXAMPLES, FEATURES, DIRECTIONS, EPS = 20, 4, 12, 1e-5
STEPS = 10.0 ** np.arange(-15, 0.25, 0.25)
FORMATS = {"float64": (np.float64, np.complex128), "float32": (np.float32, np.complex64)}
Array = np.ndarray[Any, Any]
Way = Callable[[Callable[[Any], Any], Any, float], float]


def data() -> dict[str, Any]:
    """What the page starts from; it draws and computes in the browser."""
    return {"examples": EXAMPLES, "features": FEATURES, "directions": DIRECTIONS, "eps": EPS, "seed": 1, "steps": STEPS.tolist()}


def _rules(x: Array, name: str) -> dict[str, Way]:
    """The three rules, in one number format: each takes a function, a direction and a step."""
    real, imaginary = FORMATS[name]
    at = {f"{sign:+d}": lambda v, h, sign=sign: (x + sign * h * v).astype(real) for sign in (1, -1)}
    return {
        "forward": lambda f, v, h: float((f(at["+1"](v, h)) - f(x.astype(real))) / real(h)),
        "central": lambda f, v, h: float((f(at["+1"](v, h)) - f(at["-1"](v, h))) / real(2 * h)),
        "complex step": lambda f, v, h: float(f((x + 1j * h * v).astype(imaginary)).imag / real(h)),
    }


def errors(x: Array, upstream: Array, directions: Array, name: str) -> dict[str, list[float]]:
    """For each rule and step the median error of the reference over the directions, relative to the median derivative.

    Parameters
    ----------
    x, upstream : the input and the upstream gradient, shape (N, D).
    directions : shape (number of directions, N, D).
    name : "float64" or "float32".
    """

    def loss(at: Array) -> Any:
        ones = np.ones(at.shape[1], at.dtype)
        out, _ = batchnorm_forward(at, ones, 0 * ones, {"mode": "train", "eps": EPS})
        return (upstream.astype(at.dtype) * out).sum()

    ones = np.ones(x.shape[1])
    _, cache = batchnorm_forward(x, ones, 0 * ones, {"mode": "train", "eps": EPS})
    exact = (batchnorm_backward(upstream, cache)[0] * directions).sum(axis=(1, 2))
    scale = np.median(abs(exact))
    return {
        rule: [float(np.median([abs(way(loss, v, h) - e) for v, e in zip(directions, exact, strict=True)]) / scale) for h in STEPS]
        for rule, way in _rules(x, name).items()
    }


def still(_numbers: dict[str, Any]) -> Figure:
    """Both formats above each other."""
    rng = np.random.default_rng(0)
    x, upstream = rng.standard_normal((2, EXAMPLES, FEATURES))
    directions = rng.standard_normal((DIRECTIONS, EXAMPLES, FEATURES))
    figure, panels = plt.subplots(2, 1, figsize=(5.2, 5.6), sharex=True)
    for axes, name in zip(panels, FORMATS, strict=True):
        for rule, found in errors(x, upstream, directions, name).items():
            axes.loglog(STEPS, np.maximum(found, 1e-17), label=rule)
        axes.set(ylim=(1e-17, 1e2), ylabel="relative error")
        axes.set_title(name, fontsize=11)
    panels[0].legend(fontsize=9)
    panels[1].set_xlabel("step")
    figure.tight_layout()
    return figure
