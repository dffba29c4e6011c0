"""Time of one convolution after each trick that takes part in it, from the recorded table."""

import matplotlib.pyplot as plt
import numpy as np
from _recorded import table
from _style import LIGHT, save, start


def main() -> None:
    """Draw the chain of the forward convolution beside this script."""
    start()
    columns = table("fast-tricks")
    chain = [i for i, what in enumerate(columns["of"]) if what == columns["of"][0]]
    names = ["naive layer", *columns["trick"][chain]]
    times = np.array([columns["before, ms"][chain[0]], *columns["after, ms"][chain]])
    figure, axes = plt.subplots()
    bars = axes.barh(range(len(times)), times, color="white", edgecolor="black", hatch="//")
    axes.bar_label(bars, labels=[f"{time:.3g}" for time in times], padding=4)
    axes.set(xscale="log", xlabel="milliseconds (logarithmic)", yticks=range(len(names)), xlim=(1, 4 * times.max()))
    axes.set_yticklabels(names)
    axes.invert_yaxis()
    axes.grid(axis="x", color=LIGHT, alpha=0.3)
    save(figure, __file__)


if __name__ == "__main__":
    main()
