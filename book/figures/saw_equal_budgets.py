"""Accuracies of four networks that were trained with equal budgets, from the recorded table."""

import matplotlib.pyplot as plt
import numpy as np
from _recorded import spread, table
from _style import DARK, save, start


def main() -> None:
    """Draw the bars beside this script."""
    start()
    columns = table("fc-equal-budgets")
    networks = columns.pop("network")
    figure, axes = plt.subplots()
    looks = ({"color": "white", "hatch": "..."}, {"color": "#b9cfe4"}, {"color": "white", "hatch": "///"})
    for i, ((name, entries), look) in enumerate(zip(columns.items(), looks, strict=True)):
        means, deviations = spread(entries)
        axes.bar(np.arange(len(networks)) + 0.27 * (i - 1), means, 0.25, yerr=deviations, label=name, edgecolor=DARK, capsize=3, **look)
    axes.set_xticks(np.arange(len(networks)), networks)
    axes.set(ylabel="accuracy", ylim=(0, 1))
    axes.legend(ncols=3, loc="upper left", handlelength=1.4, columnspacing=1)
    save(figure, __file__)


if __name__ == "__main__":
    main()
