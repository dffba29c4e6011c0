"""Steps of Adam for a constant gradient, with and without the correction of its averages."""

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.optim import adam

STEPS = 3000


def main() -> None:
    """Draw both curves beside this script."""
    start()
    w, config, corrected, raw = np.zeros(1), {"learning_rate": 1.0}, [], []
    for _ in range(STEPS):
        moved, config = adam(w, np.ones(1), config)
        corrected.append(abs(moved - w)[0])
        raw.append((config["m"] / np.sqrt(config["v"]))[0])
        w = moved
    figure, axes = plt.subplots()
    axes.semilogx(np.arange(1, STEPS + 1), corrected, label="corrected")
    axes.semilogx(np.arange(1, STEPS + 1), raw, label="not corrected")
    axes.set(xlabel="step", ylabel="step size / learning rate", ylim=(0, None))
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
