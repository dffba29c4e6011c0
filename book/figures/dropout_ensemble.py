"""All members of a small dropout ensemble, their exact average, and test mode."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, MIDDLE, save, start

from coursenn.layer_utils import affine_relu_forward

UNITS, KEEP = 10, 0.5


def main() -> None:
    """Draw the family of curves beside this script."""
    start()
    rng = np.random.default_rng(9)
    w1, b1, w2 = rng.standard_normal((1, UNITS)), rng.standard_normal(UNITS), rng.standard_normal((UNITS, 1))
    x = np.linspace(-3, 3, 121)[:, None]
    hidden, _ = affine_relu_forward(x, w1, b1)
    masks = np.array(list(itertools.product((0.0, 1.0), repeat=UNITS)))
    members = np.stack([affine_relu_forward(hidden * mask / KEEP, w2, np.zeros(1))[0][:, 0] for mask in masks])
    test = affine_relu_forward(hidden, w2, np.zeros(1))[0][:, 0]
    figure, axes = plt.subplots()
    axes.plot(x, members[rng.permutation(len(members))[:64]].T, color="0.8", linewidth=0.7, linestyle="-")
    axes.plot(x, members.mean(axis=0), color=DARK, linestyle="-", label="average of all")
    axes.plot(x, test, color=MIDDLE, linestyle="--", label="test mode")
    axes.set(xlabel="input", ylabel="output", ylim=(-0.3, float(np.quantile(members, 0.99))))
    axes.legend()
    save(figure, __file__)


if __name__ == "__main__":
    main()
