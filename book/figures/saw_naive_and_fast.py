"""How long naive and fast layers take for a hundred images, from the recorded table."""

import matplotlib.pyplot as plt
import numpy as np
from _recorded import table
from _style import DARK, MIDDLE, WIDTH, save, start


def main() -> None:
    """Draw the bars beside this script."""
    start()
    times = table("conv-naive-and-fast")
    at = np.arange(len(times["layer"]))
    figure, axes = plt.subplots(figsize=(WIDTH, 2.7))
    for shift, (name, label, colour, hatch) in zip(
        (-0.2, 0.2), (("naive, s", "naive", MIDDLE, "//"), ("fast, s", "fast", DARK, None)), strict=True
    ):
        axes.barh(at + shift, 1000 * times[name], 0.38, label=label, color="white", edgecolor=colour, hatch=hatch)
    axes.set(xscale="log", xlabel="milliseconds for 100 images")
    axes.set_yticks(at, times["layer"])
    axes.invert_yaxis()
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, 1.2), ncols=2)
    save(figure, __file__)


if __name__ == "__main__":
    main()
