"""Root mean square of activations through thirty affine-ReLU layers, for four scales of the weights."""

import matplotlib.pyplot as plt
import numpy as np
from _style import save, start

from coursenn.layer_utils import affine_relu_forward

WIDTH, DEPTH = 100, 30


def sizes(sigma: float) -> list[float]:
    """Root mean square after each layer."""
    rng = np.random.default_rng(1)
    h = rng.standard_normal((200, WIDTH))
    found = []
    for _ in range(DEPTH):
        h = affine_relu_forward(h, sigma * rng.standard_normal((WIDTH, WIDTH)), np.zeros(WIDTH))[0]
        found.append(float(np.sqrt((h**2).mean())))
    return found


def main() -> None:
    """Draw lines and marks beside this script."""
    start()
    he = np.sqrt(2 / WIDTH)
    layers = np.arange(1, DEPTH + 1)
    figure, axes = plt.subplots()
    names = {2 * he: r"twice $\sqrt{2/n}$", he: r"$\sqrt{2/n}$", he / np.sqrt(2): r"$\sqrt{1/n}$", he / 2: r"half of $\sqrt{2/n}$"}
    for sigma, name in names.items():
        (line,) = axes.semilogy(layers, (WIDTH * sigma**2 / 2) ** (layers / 2))
        axes.semilogy(layers, sizes(sigma), color=line.get_color(), marker="o", markersize=3, linestyle="none")
        axes.text(DEPTH + 0.8, (WIDTH * sigma**2 / 2) ** (DEPTH / 2), name, va="center", fontsize=10)
    axes.set(xlabel="layer", ylabel="root mean square", xlim=(0, DEPTH + 12))
    axes.set_xticks([1, 10, 20, 30])
    save(figure, __file__)


if __name__ == "__main__":
    main()
