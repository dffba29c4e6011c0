"""What batch normalization keeps of an upstream gradient, along three directions, over the variance of the feature."""

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.layers import batchnorm_backward, batchnorm_forward

N, EPS = 32, 1e-5


def kept(variance: float) -> list[float]:
    """Lengths of the gradient against the upstream gradient, times the standard deviation: ones, x-hat, perpendicular to both."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, 1))
    x *= np.sqrt(variance) / x.std()
    _, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train", "eps": EPS})
    other = np.linalg.qr(np.hstack([np.ones((N, 1)), x, rng.standard_normal((N, 1))]))[0][:, 2:]
    shares = []
    for direction in (np.ones((N, 1)), x - x.mean(), other):
        dx = batchnorm_backward(direction, cache)[0] * np.sqrt(variance + EPS)
        shares.append(float(np.linalg.norm(dx) / np.linalg.norm(direction)))
    return shares


def main() -> None:
    """Draw the three curves beside this script."""
    start()
    variances = np.logspace(-8, 2, 61)
    curves = np.array([kept(v) for v in variances]).T
    figure, axes = plt.subplots()
    for curve, name in zip(curves[::-1], ("all other directions", r"along $\hat x$", "along the ones"), strict=True):
        axes.semilogx(variances, curve, label=name)
    axes.axvline(EPS, color="0.6", linewidth=1)
    axes.text(1.5 * EPS, 0.8, r"variance = $\epsilon$")
    axes.set(xlabel="variance of the feature", ylabel="share kept", ylim=(-0.05, 1.1))
    axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.32))
    save(figure, __file__)


if __name__ == "__main__":
    main()
