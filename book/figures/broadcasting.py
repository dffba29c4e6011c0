"""A bias that is stretched over rows in the forward pass, and its gradient, which is summed over them: grids of numbers."""

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH, save, start
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from coursenn.layers import affine_backward, affine_forward

X = np.array([[1.0, 4, 2], [0, 3, 5], [2, 2, 1], [6, 1, 0]])
B = np.array([10.0, 20, 30])
UPSTREAM = np.array([[1.0, 0, 2], [3, 1, 0], [0, 2, 1], [1, 1, 4]])


def grid(axes: Axes, numbers: np.ndarray, left: float, top: float, name: str, faint: int = 0) -> None:
    """A table of numbers with its upper left corner at a place; the last ``faint`` rows are copies that are never stored."""
    for i, row in enumerate(np.atleast_2d(numbers)):
        copy = i >= len(np.atleast_2d(numbers)) - faint
        for j, value in enumerate(row):
            style = {"linestyle": ":", "hatch": "//"} if copy else {"linestyle": "-"}
            axes.add_patch(Rectangle((left + j, top - i - 1), 1, 1, facecolor="white", edgecolor="#b9cfe4" if copy else DARK, **style))
            axes.text(left + j + 0.5, top - i - 0.5, f"{value:g}", ha="center", va="center", fontsize=10)
    axes.text(left + 1.5, top + 0.35, name, ha="center", fontsize=11)


def main() -> None:
    """Draw both passes beside this script."""
    start()
    y, cache = affine_forward(X, np.eye(3), B)
    bias = affine_backward(UPSTREAM, cache)[2]
    figure, axes = plt.subplots(figsize=(WIDTH, 5.4))
    grid(axes, X, 0, 11, r"$x$, (4, 3)")
    grid(axes, np.tile(B, (4, 1)), 4.5, 11, r"$b$, (3,), stretched", faint=3)
    grid(axes, y, 9, 11, r"$y = x + b$, (4, 3)")
    grid(axes, UPSTREAM, 0, 4.5, r"$\bar y$, (4, 3)")
    grid(axes, bias, 9, 3, r"$\bar b$, (3,)")
    for left, top, sign in ((3.75, 9, "+"), (8.25, 9, "=")):
        axes.text(left, top, sign, ha="center", va="center", fontsize=14)
    axes.annotate("", xy=(8.6, 2.5), xytext=(3.4, 2.5), arrowprops={"arrowstyle": "-|>", "color": "0.3"})
    axes.text(6, 2.75, "sum over axis 0", ha="center", fontsize=11)
    axes.set(xlim=(-0.2, 12.2), ylim=(0.2, 12), aspect="equal")
    axes.axis("off")
    save(figure, __file__)


if __name__ == "__main__":
    main()
