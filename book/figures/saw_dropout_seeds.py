"""Accuracy with all units and with a quarter of them, over five seeds and in the single run, from the recorded tables."""

import matplotlib.pyplot as plt
import numpy as np
from _recorded import spread, table
from _style import DARK, MIDDLE, WIDTH, save, start


def main() -> None:
    """Draw the bars beside this script."""
    start()
    seeds, single = table("dropout-seeds"), table("dropout-single-run")
    figure, axes = plt.subplots(figsize=(WIDTH, 2.9))
    columns = {"train, mean": "train acc", "val, last": "val acc"}
    for place, (run, colour, hatch) in enumerate(zip(seeds["run"], (DARK, MIDDLE), (None, "//"), strict=True)):
        means, deviations = zip(*(spread(seeds[name][place : place + 1]) for name in columns), strict=True)
        at = np.arange(len(columns)) + 0.36 * (place - 0.5)
        style = {"color": "white", "edgecolor": colour, "hatch": hatch, "capsize": 4}
        axes.bar(at, np.ravel(means), 0.32, yerr=np.ravel(deviations), label=run, **style)
        row = list(single["run"]).index(run)
        axes.plot(at, [single[name][row] for name in columns.values()], "k_", markersize=16, label="the single run" if place else None)
    axes.set_xticks(range(len(columns)), ["training images", "validation images"])
    axes.set(ylabel="accuracy", ylim=(0, 1.05))
    axes.legend(ncols=1, loc="upper right")
    save(figure, __file__)


if __name__ == "__main__":
    main()
