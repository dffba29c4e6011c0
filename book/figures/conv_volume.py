"""A filter on an image of three channels: the volume that it covers, and the one number that comes out."""

import matplotlib.pyplot as plt
from _style import DARK, WIDTH, save, start
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

CHANNELS = (("#f3b9a9", "//"), ("#bfe0c0", ".."), ("#b9cfe4", "\\\\"))
BEHIND = (0.85, 0.75)
"""How far each channel is drawn from the one before it."""


def plane(axes: Axes, left: float, bottom: float, size: int, marked: range | None, look: tuple[str, str]) -> None:
    """A square grid of one channel; the marked rows and columns are in its colour."""
    for u in range(size):
        for v in range(size):
            inside = marked is not None and u in marked and v in marked
            x, y = left + v, bottom + size - 1 - u
            axes.add_patch(
                Polygon(
                    [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)],
                    facecolor=look[0] if inside else "white",
                    hatch=look[1] if inside else None,
                    edgecolor=DARK,
                    linewidth=0.8,
                )
            )


def stack(axes: Axes, left: float, bottom: float, size: int, marked: range) -> None:
    """Three channels, the first one in front."""
    for depth, look in reversed(list(enumerate(CHANNELS))):
        plane(axes, left + depth * BEHIND[0], bottom + depth * BEHIND[1], size, marked, look)


def main() -> None:
    """Draw image, filter and output beside this script."""
    start()
    figure, axes = plt.subplots(figsize=(WIDTH + 0.6, 2.9))
    stack(axes, 0, 0, 5, range(3))
    stack(axes, 9, 1, 3, range(3))
    plane(axes, 16.5, 1.2, 3, range(1), ("#d9d9d9", "xx"))
    for left, text in ((3.3, "image, 3 channels"), (11.4, "filter, 3 channels"), (18, "output, 1 channel")):
        axes.text(left, -0.9, text, ha="center", fontsize=10)
    axes.text(8.1, 2.8, r"$\cdot$", ha="center", va="center", fontsize=22)
    axes.annotate("", xy=(16.2, 2.8), xytext=(14.2, 2.8), arrowprops={"arrowstyle": "-|>", "color": "0.3"})
    axes.text(15.2, 3.15, "sum", ha="center", fontsize=10)
    axes.set(xlim=(-0.3, 20.2), ylim=(-1.5, 7.2), aspect="equal")
    axes.axis("off")
    save(figure, __file__)


if __name__ == "__main__":
    main()
