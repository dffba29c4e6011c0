"""How many windows cover each pixel, for three strides."""

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH, save, start

from coursenn.im2col import col2im, im2col

SIZE, WINDOW = 7, 3


def main() -> None:
    """Draw the three grids beside this script."""
    start()
    figure, panels = plt.subplots(1, 3, figsize=(WIDTH, 2.1))
    for axes, stride in zip(panels, (1, 2, 3), strict=True):
        image = np.ones((1, 1, SIZE, SIZE))
        counts = col2im(im2col(image, WINDOW, WINDOW, stride, 0), image.shape, WINDOW, WINDOW, stride, 0)[0, 0]
        axes.imshow(counts, cmap="Greys", vmin=0, vmax=20)
        for (row, column), count in np.ndenumerate(counts):
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", fontsize=9, color=DARK)
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"stride {stride}", fontsize=11)
    figure.tight_layout()
    save(figure, __file__)


if __name__ == "__main__":
    main()
