"""One image before and after each layer of a small stack, with three filters written by hand."""

import matplotlib.pyplot as plt
import numpy as np
from _style import WIDTH, save, start

from coursenn.embedded_data import CLASS_NAMES, draw_images
from coursenn.layers import conv_forward_naive, max_pool_forward_naive, relu_forward, spatial_batchnorm_forward

EDGE = np.array([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]]) / 8
FILTERS = {"edges\nbelow light": EDGE, "edges\nright of light": EDGE.T, "red minus\nblue": np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])}
CHANNELS = {"red minus\nblue": (1, 0, -1)}
STEPS = ("convolution", "normalization", "ReLU", "max pooling")


def main() -> None:
    """Draw a row for each filter beside this script."""
    start()
    images, labels = draw_images(16, seed=3)
    shown = int(np.flatnonzero(labels == CLASS_NAMES.index("house"))[0])
    x = images / 255.0
    w = np.stack([np.multiply.outer(CHANNELS.get(name, (1 / 3,) * 3), weights) for name, weights in FILTERS.items()])
    y = conv_forward_naive(x, w, np.zeros(3), {"stride": 1, "pad": 1})[0]
    normal = spatial_batchnorm_forward(y, np.ones(3), np.zeros(3), {"mode": "train"})[0]
    active = relu_forward(normal)[0]
    pooled = max_pool_forward_naive(active, {"pool_height": 2, "pool_width": 2, "stride": 2})[0]
    figure, panels = plt.subplots(3, 5, figsize=(WIDTH + 0.6, 3.9))
    for row, (name, axes) in enumerate(zip(FILTERS, panels, strict=True)):
        axes[0].imshow(images[shown].transpose(1, 2, 0))
        axes[0].set_ylabel(name, fontsize=9)
        for panel, step, stage in zip(axes[1:], STEPS, (y, normal, active, pooled), strict=True):
            values = stage[shown, row]
            # Grey is zero, light is positive; what a ReLU lets pass begins at black. The zeros around the image make edges of their own.
            most = np.abs(values[2:-2, 2:-2]).max()
            panel.imshow(values, cmap="gray", vmin=0 if step in STEPS[2:] else -most, vmax=most)
        if row == 0:
            for panel, title in zip(axes, ("image", *STEPS), strict=True):
                panel.set_title(title, fontsize=9)
        for panel in axes:
            panel.set(xticks=[], yticks=[])
    figure.tight_layout(pad=0.4)
    save(figure, __file__)


if __name__ == "__main__":
    main()
