"""A small table with its sums over either axis."""

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, MIDDLE, save, start
from matplotlib.axes import Axes

X = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 1, 2]])


def cells(axes: Axes, values: np.ndarray, left: float, top: float, colour: str) -> None:
    """Draw a table of numbers; the first row is on top."""
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            axes.add_patch(plt.Rectangle((left + j, top - i - 1), 1, 1, facecolor="white", edgecolor=colour))
            axes.text(left + j + 0.5, top - i - 0.5, f"{value}", ha="center", va="center", fontsize=12)


def main() -> None:
    """Draw the table and its two sums beside this script."""
    start()
    rows, columns = X.shape
    figure, axes = plt.subplots(figsize=(5.2, 3.6))
    cells(axes, X, 0, rows, DARK)
    cells(axes, X.sum(axis=0, keepdims=True), 0, -1.2, MIDDLE)
    cells(axes, X.sum(axis=1, keepdims=True), columns + 1.2, rows, MIDDLE)
    arrow = {"arrowstyle": "->", "color": MIDDLE, "linewidth": 1.5}
    axes.annotate("", (columns / 2, -1.1), (columns / 2, -0.1), arrowprops=arrow)
    axes.text(columns / 2 + 0.15, -0.6, "sum(axis=0)", va="center", fontsize=10, family="monospace")
    axes.annotate("", (columns + 1.1, rows / 2), (columns + 0.1, rows / 2), arrowprops=arrow)
    axes.text(columns + 1.7, rows + 0.25, "sum(axis=1)", ha="center", fontsize=10, family="monospace")
    axes.annotate("", (-0.4, 0), (-0.4, rows), arrowprops={"arrowstyle": "->", "color": DARK})
    axes.text(-0.6, rows / 2, f"axis 0, N = {rows}", rotation=90, ha="right", va="center", fontsize=10)
    axes.annotate("", (columns, rows + 0.3), (0, rows + 0.3), arrowprops={"arrowstyle": "->", "color": DARK})
    axes.text(columns / 2, rows + 0.45, f"axis 1, M = {columns}", ha="center", fontsize=10)
    axes.set(xlim=(-1.5, columns + 3), ylim=(-2.4, rows + 1), aspect="equal")
    axes.axis("off")
    save(figure, __file__)


if __name__ == "__main__":
    main()
