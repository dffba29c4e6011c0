"""The running mean of batch normalization with momentum 0.9, and with the same number read the other way round."""

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.layers import batchnorm_forward

STEPS, SIZE, MEAN = 80, 10, 3.0


def main() -> None:
    """Draw both averages beside this script."""
    start()
    rng = np.random.default_rng(0)
    batches = rng.standard_normal((STEPS, SIZE, 1)) * 2 + MEAN
    figure, axes = plt.subplots()
    for name, momentum in (("weight of the old value", 0.9), ("weight of the new value", 1 - 0.9)):
        param, averages = {"mode": "train", "momentum": momentum}, []
        for batch in batches:
            batchnorm_forward(batch, np.ones(1), np.zeros(1), param)
            averages.append(param["running_mean"][0])
        axes.plot(np.arange(1, STEPS + 1), averages, label=f"0.9 as the {name}")
    axes.axhline(MEAN, color="0.5", linewidth=1)
    axes.set(xlabel="minibatch", ylabel="running mean", ylim=(0, None))
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
