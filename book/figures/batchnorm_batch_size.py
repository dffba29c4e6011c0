"""How far mean and variance of a minibatch are off, over the batch size: measured, and as the formulas say."""

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, MIDDLE, save, start

from coursenn.layers import batchnorm_forward

COLUMNS, ROUNDS = 20_000, 10


def main() -> None:
    """Draw marks and lines beside this script."""
    start()
    rng = np.random.default_rng(0)
    sizes = 2 ** np.arange(1, 9)
    errors, shortfalls = [], []
    for size in sizes:
        means, variances = [], []
        for _ in range(ROUNDS):
            # Each column is one minibatch of a feature with mean 0 and variance 1; with momentum 0 the statistics come back as they are.
            param = {"mode": "train", "momentum": 0.0}
            batchnorm_forward(rng.standard_normal((size, COLUMNS)), np.ones(COLUMNS), np.zeros(COLUMNS), param)
            means.append(param["running_mean"])
            variances.append(param["running_var"])
        errors.append(np.std(means))
        shortfalls.append(1 - np.mean(variances))
    figure, axes = plt.subplots()
    axes.loglog(sizes, sizes**-0.5, color=DARK, linestyle="-", label=r"$1/\sqrt{N}$: error of the mean")
    axes.loglog(sizes, 1 / sizes, color=MIDDLE, linestyle="--", label=r"$1/N$: variance too small by")
    axes.loglog(sizes, errors, color=DARK, marker="o", linestyle="none")
    axes.loglog(sizes, shortfalls, color=MIDDLE, marker="s", linestyle="none")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [str(n) for n in sizes])
    axes.set(xlabel="examples in a minibatch", ylabel="share of the true value")
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
