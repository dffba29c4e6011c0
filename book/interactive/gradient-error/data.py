"""Error of numeric derivatives of batch normalization over the step, for three rules and two number formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from coursenn.layers import batchnorm_backward, batchnorm_forward

RNG = np.random.default_rng(0)
X, UPSTREAM = RNG.standard_normal((2, 20, 4))
DIRECTIONS = RNG.standard_normal((12, 20, 4))
EPS = 1e-5
STEPS = 10.0 ** np.arange(-15, 0.25, 0.25)
FORMATS = {"float64": (np.float64, np.complex128), "float32": (np.float32, np.complex64)}
Way = Callable[[Callable[[Any], Any], Any, float], float]


def rules(real: type, imaginary: type) -> dict[str, Way]:
    """The three rules, in one number format: each takes a function, a direction and a step."""
    x = X.astype(real)
    at = {f"{sign:+d}": lambda v, h, sign=sign: (X + sign * h * v).astype(real) for sign in (1, -1)}
    return {
        "forward": lambda f, v, h: float((f(at["+1"](v, h)) - f(x)) / real(h)),
        "central": lambda f, v, h: float((f(at["+1"](v, h)) - f(at["-1"](v, h))) / real(2 * h)),
        "complex step": lambda f, v, h: float(f((X + 1j * h * v).astype(imaginary)).imag / real(h)),
    }


def loss(x: np.ndarray[Any, Any]) -> Any:
    """A weighted sum of the outputs, in the format of x."""
    ones = np.ones(4, x.dtype)
    out, _ = batchnorm_forward(x, ones, 0 * ones, {"mode": "train", "eps": EPS})
    return (UPSTREAM.astype(x.dtype) * out).sum()


def data() -> dict[str, Any]:
    """The median error over directions, relative to the median derivative."""
    _, cache = batchnorm_forward(X, np.ones(4), np.zeros(4), {"mode": "train", "eps": EPS})
    exact = (batchnorm_backward(UPSTREAM, cache)[0] * DIRECTIONS).sum(axis=(1, 2))
    scale = np.median(abs(exact))
    errors = {
        name: {
            rule: [float(np.median([abs(way(loss, v, h) - e) for v, e in zip(DIRECTIONS, exact, strict=True)]) / scale) for h in STEPS]
            for rule, way in rules(*formats).items()
        }
        for name, formats in FORMATS.items()
    }
    constants = {"examples": X.shape[0], "features": X.shape[1], "directions": len(DIRECTIONS), "eps": EPS}
    unit = {name: float(np.finfo(real).eps / 2) for name, (real, _) in FORMATS.items()}
    return {"steps": STEPS.tolist(), "unit": unit, "errors": errors, "constants": constants}


def still(numbers: dict[str, Any]) -> Figure:
    """Both formats above each other."""
    figure, panels = plt.subplots(2, 1, figsize=(5.2, 5.6), sharex=True)
    for axes, (name, curves) in zip(panels, numbers["errors"].items(), strict=True):
        for rule, errors in curves.items():
            axes.loglog(numbers["steps"], np.maximum(errors, 1e-17), label=rule)
        axes.set(ylim=(1e-17, 1e2), ylabel="relative error")
        axes.set_title(name, fontsize=11)
    panels[0].legend(fontsize=9)
    panels[1].set_xlabel("step")
    figure.tight_layout()
    return figure
