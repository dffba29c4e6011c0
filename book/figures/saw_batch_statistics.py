"""Scatter of the mean of a channel over the number of images, from the recorded table."""

import matplotlib.pyplot as plt
from _recorded import table
from _style import save, start


def main() -> None:
    """Draw both curves beside this script."""
    start()
    columns = table("conv-batch-statistics")
    sizes, scatter, fixed = columns["batch size"], columns["scatter of the mean"], columns["one image fixed"]
    figure, axes = plt.subplots()
    axes.loglog(sizes, scatter, marker="o", label="random images")
    # With a batch of one, and that one fixed, nothing is left to scatter.
    axes.loglog(sizes[1:], fixed[1:], marker="s", label="one image fixed")
    axes.loglog(sizes, scatter[0] / sizes**0.5, label=r"first value / $\sqrt{N}$")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    axes.set(xlabel="images in a batch", ylabel="scatter of the mean")
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
