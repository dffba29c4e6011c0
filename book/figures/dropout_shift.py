"""Standard deviation of a feature after dropout, training over test, for several keep probabilities."""

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.layers import dropout_forward


def main() -> None:
    """Draw lines and marks beside this script."""
    start()
    np.random.seed(0)
    keeps, fine = np.linspace(0.1, 1, 10), np.linspace(0.1, 1, 100)
    figure, axes = plt.subplots()
    for mean, marker in ((1.0, "o"), (0.0, "s")):
        x = np.random.randn(200_000) + mean
        measured = [dropout_forward(x, {"mode": "train", "p": p})[0].std() / x.std() for p in keeps]
        (line,) = axes.plot(fine, np.sqrt(1 + (1 - fine) / fine * (1 + mean**2)), label=f"mean {mean:.0f}, spread 1")
        axes.plot(keeps, measured, color=line.get_color(), marker=marker, linestyle="none")
    axes.set(xlabel="keep probability", ylabel="training / test", ylim=(0.9, None))
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
