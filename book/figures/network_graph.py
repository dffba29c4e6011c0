"""Forward and backward pass of a network of two layers, with all numbers, computed with the reference."""

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, MIDDLE, save, start

from coursenn.layer_utils import affine_relu_backward
from coursenn.layers import affine_backward, affine_forward, relu_forward, softmax_loss

X = np.array([[1.0, 2.0]])
W1, W2 = np.array([[1.0, -1.0], [0.5, -1.0]]), np.array([[0.5, -0.5], [1.0, -0.5]])


def _text(array: np.ndarray, digits: int) -> str:
    """The rows of a matrix, or the entries of a row, one below the other; noise of rounding is 0."""
    rows = np.atleast_2d(array.round(digits))
    return "\n".join("  ".join(f"{value + 0.0:.{digits}f}" for value in row) for row in (rows.T if len(rows) == 1 else rows))


def main() -> None:
    """Draw the boxes with values above and gradients below them beside this script."""
    start()
    z, first = affine_forward(X, W1, np.zeros(2))
    h, second = relu_forward(z)
    s, last = affine_forward(h, W2, np.zeros(2))
    loss, ds = softmax_loss(s, np.array([1]))
    dh, dw2, _ = affine_backward(ds, last)
    dx, dw1, _ = affine_relu_backward(dh, (first, second))
    columns = [("x", X, dx), ("$w_1$", W1, dw1), ("z", z, dh * (z > 0)), ("h", h, dh), ("$w_2$", W2, dw2), ("s", s, ds), ("L", loss, 1.0)]
    figure, axes = plt.subplots(figsize=(6.4, 2.5))
    for i, (name, value, gradient) in enumerate(columns):
        box = {"boxstyle": "round", "facecolor": "white", "edgecolor": DARK}
        axes.text(i, 0, name, ha="center", va="center", fontsize=12, bbox=box, style="normal" if "$" in name else "italic")
        digits = 2 if name == "L" else 1
        axes.text(i, 0.3, _text(np.asarray(value), digits), ha="center", va="bottom", fontsize=9.5)
        axes.text(i, -0.3, _text(np.asarray(gradient), 2), ha="center", va="top", fontsize=9.5, color=MIDDLE)
        if i < len(columns) - 1:
            axes.annotate("", (i + 0.75, 0.06), (i + 0.25, 0.06), arrowprops={"arrowstyle": "->", "color": DARK})
            axes.annotate("", (i + 0.25, -0.06), (i + 0.75, -0.06), arrowprops={"arrowstyle": "->", "color": MIDDLE})
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-1, 1))
    axes.axis("off")
    save(figure, __file__)


if __name__ == "__main__":
    main()
