"""How activations and their gradients are distributed in the first, a middle and the last of twenty layers, for three networks."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.layers import affine_backward, affine_forward, batchnorm_backward, batchnorm_forward, relu_backward, relu_forward

UNITS, DEPTH, EXAMPLES = 100, 20, 200
SHOWN = (1, 10, 20)
RIGHT = np.sqrt(2 / UNITS)
NETWORKS = {"half the scale": (RIGHT / 2, False), "the right scale": (RIGHT, False), "half, normalized": (RIGHT / 2, True)}
BINS = np.linspace(-9, 3, 72)


def passes(sigma: float, normalized: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What each ReLU gets, and the gradients of that, from the first layer to the last."""
    rng = np.random.default_rng(1)
    h, caches, forward = rng.standard_normal((EXAMPLES, UNITS)), [], []
    for _ in range(DEPTH):
        z, affine = affine_forward(h, sigma * rng.standard_normal((UNITS, UNITS)), np.zeros(UNITS))
        norm = None
        if normalized:
            z, norm = batchnorm_forward(z, np.ones(UNITS), np.zeros(UNITS), {"mode": "train"})
        h, relu = relu_forward(z)
        forward.append(z)
        caches.append((affine, norm, relu))
    gradient, backward = rng.standard_normal(h.shape), []
    for affine, norm, relu in reversed(caches):
        gradient = relu_backward(gradient, relu)
        backward.insert(0, gradient)
        if norm is not None:
            gradient = batchnorm_backward(gradient, norm)[0]
        gradient = affine_backward(gradient, affine)[0]
    return forward, backward


def main() -> None:
    """Draw the histograms beside this script."""
    start()
    figure, panels = plt.subplots(3, 2, figsize=(WIDTH + 0.4, 4.6), sharex=True, sharey=True)
    for name, (sigma, normalized) in NETWORKS.items():
        for column, stages in zip(panels.T, passes(sigma, normalized), strict=True):
            for axes, layer in zip(column, SHOWN, strict=True):
                sizes = np.abs(stages[layer - 1][stages[layer - 1] != 0])
                heights = np.histogram(np.log10(sizes), BINS)[0] / len(sizes)
                axes.plot((BINS[1:] + BINS[:-1]) / 2, heights, label=name)
    for axes, layer in zip(panels[:, 0], SHOWN, strict=True):
        axes.set_ylabel(f"layer {layer}")
        axes.set_yticks([])
    for axes, title in zip(panels[0], ("activations", "gradients"), strict=True):
        axes.set_title(title, fontsize=11)
    for axes in panels[-1]:
        axes.set_xlabel(r"$\log_{10}$ of the size")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), ncols=3, loc="upper center", bbox_to_anchor=(0.5, 0.0), fontsize=10)
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
