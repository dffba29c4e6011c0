"""Two drawn pictures, in grey and as their horizontal edges, as the convolution of the notebook gives them."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.layers import conv_forward_naive
from coursenn.pictures import lighthouse, sailboat

TITLES = ("picture", "grey", "horizontal edges")


def responses() -> tuple[np.ndarray, np.ndarray]:
    """Both pictures, and what the two filters of the notebook make of them; shapes (2, 3, 200, 200) and (2, 2, 200, 200)."""
    pictures = np.stack([lighthouse(), sailboat()]).transpose(0, 3, 1, 2).astype(float)
    filters = np.zeros((2, 3, 3, 3))
    filters[0, :, 1, 1] = [0.3, 0.6, 0.1]
    filters[1, 2] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    return pictures, conv_forward_naive(pictures, filters, np.array([0.0, 128.0]), {"stride": 1, "pad": 1})[0]


def main() -> None:
    """Draw a row for each picture beside this script."""
    start()
    figure, panels = plt.subplots(2, 3, figsize=(WIDTH + 0.4, 3.7))
    for axes, picture, (grey, edges) in zip(panels, *responses(), strict=True):
        axes[0].imshow(picture.transpose(1, 2, 0).astype(np.uint8))
        axes[1].imshow(grey, cmap="gray")
        most = np.abs(edges - 128).max()
        axes[2].imshow(edges, cmap="gray", vmin=128 - most / 2, vmax=128 + most / 2)
        for panel in axes:
            panel.set(xticks=[], yticks=[])
    for panel, title in zip(panels[0], TITLES, strict=True):
        panel.set_title(title, fontsize=10)
    figure.tight_layout(pad=0.4)
    save(figure, __file__)


if __name__ == "__main__":
    main()
