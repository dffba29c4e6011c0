"""Error of numeric derivatives of batch normalization over the step: double and single precision, and the complex step."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.layers import batchnorm_backward, batchnorm_forward

RNG = np.random.default_rng(0)
X, UPSTREAM = RNG.standard_normal((2, 20, 4))
DIRECTIONS = RNG.standard_normal((12, 20, 4))
EXACT = batchnorm_backward(UPSTREAM, batchnorm_forward(X, np.ones(4), np.zeros(4), {"mode": "train"})[1])[0]


def loss(x: np.ndarray) -> complex:
    """A weighted sum of the outputs."""
    ones = np.ones(4, x.dtype)
    return complex(np.sum(UPSTREAM.astype(x.dtype) * batchnorm_forward(x, ones, 0 * ones, {"mode": "train"})[0]))


def centred(dtype: type) -> Callable[[np.ndarray, float], float]:
    """The centred difference in one number format."""
    return lambda v, h: (loss((X + h * v).astype(dtype)) - loss((X - h * v).astype(dtype))).real / (2 * h)


def main() -> None:
    """Draw the three curves beside this script."""
    start()
    steps = np.logspace(-11, 0, 67)
    ways = {"float32": centred(np.float32), "float64": centred(np.float64), "complex step": lambda v, h: loss(X + 1j * h * v).imag / h}
    figure, axes = plt.subplots()
    for name, way in ways.items():
        # The median over directions shows the law and not one direction's luck.
        errors = [np.median([abs(way(v, h) - np.sum(EXACT * v)) for v in DIRECTIONS]) for h in steps]
        axes.loglog(steps, errors, label=name)
    axes.set(xlabel="step", ylabel="absolute error", ylim=(1e-17, 1e3))
    axes.legend(loc="lower right")
    save(figure, __file__)


if __name__ == "__main__":
    main()
