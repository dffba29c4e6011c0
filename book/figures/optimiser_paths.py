"""Paths of gradient descent and of momentum over a quadratic loss with two very different curvatures."""

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH, save, start

from coursenn.optim import sgd, sgd_momentum

CURVATURES = np.array([1.0, 50.0])
START = np.array([-10.0, 2.0])
RATE, STEPS = 0.037, 30


def path(rule: object, **settings: float) -> np.ndarray:
    """The points that a rule visits."""
    points, config = [START], {"learning_rate": RATE, **settings}
    for _ in range(STEPS):
        moved, config = rule(points[-1], CURVATURES * points[-1], config)
        points.append(moved)
    return np.array(points)


def main() -> None:
    """Draw both panels beside this script."""
    start()
    figure, panels = plt.subplots(2, 1, figsize=(WIDTH, 4.4), sharex=True)
    x, y = np.meshgrid(np.linspace(-11, 5, 200), np.linspace(-3, 3, 120))
    loss = (CURVATURES[0] * x**2 + CURVATURES[1] * y**2) / 2
    for axes, name, points in zip(panels, ("gradient descent", "momentum"), (path(sgd), path(sgd_momentum, momentum=0.8)), strict=True):
        axes.contour(x, y, loss, levels=[1, 5, 15, 35, 70, 120, 200], colors="0.75", linewidths=1, linestyles="-")
        axes.plot(*points.T, marker="o", markersize=3, color=DARK, linewidth=1.2, linestyle="-")
        axes.plot(0, 0, marker="+", color="black", markersize=12)
        axes.set_title(name, fontsize=11)
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
