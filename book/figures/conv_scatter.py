"""Which pixels an output of a convolution reads, for strides 1 and 2, and how often each pixel is read."""

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH, save, start

from coursenn.layers import conv_backward_naive, conv_forward_naive

PIXELS, FILTER = 6, 3


def main() -> None:
    """Draw both strides beside this script."""
    start()
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, 2.6))
    for axes, stride in zip(panels, (1, 2), strict=True):
        out, cache = conv_forward_naive(np.ones((1, 1, 1, PIXELS)), np.ones((1, 1, 1, FILTER)), np.zeros(1), {"stride": stride, "pad": 0})
        counts = conv_backward_naive(np.ones_like(out), cache)[0].ravel().astype(int)
        for j in range(out.size):
            centre = j * stride + (FILTER - 1) / 2
            for k in range(FILTER):
                axes.plot([centre, j * stride + k], [1, 0], color=DARK, linewidth=1.2, linestyle="-")
            axes.plot(centre, 1, marker="s", markersize=12, color="white", markeredgecolor=DARK)
        for u, count in enumerate(counts):
            axes.plot(u, 0, marker="o", markersize=12, color="white", markeredgecolor=DARK)
            axes.text(u, -0.3, str(count), ha="center", va="center", fontsize=11)
        axes.set(xlim=(-0.5, PIXELS - 0.5), ylim=(-0.45, 1.25))
        axes.set_title(f"stride {stride}", fontsize=11)
        axes.axis("off")
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
