"""im2col and col2im of a small image: the matrix, where each column comes from, how often each pixel is copied, and what it costs."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH
from matplotlib.figure import Figure

from coursenn.im2col import col2im, im2col, output_size

SIDE = 6
IMAGE = np.arange(1.0, SIDE * SIDE + 1).reshape(SIDE, SIDE)
SETTINGS = [(3, 1, 0), (3, 1, 1), (3, 2, 0), (3, 2, 1), (3, 3, 0), (2, 1, 0), (2, 2, 0), (2, 3, 0)]
# A layer as in the course's networks, for the memory.
LAYER = np.zeros((50, 3, 32, 32), dtype=np.float32)


def data() -> dict[str, Any]:
    """Each setting with its matrix, its counts and the bytes of a whole layer."""
    return {"image": IMAGE.tolist(), "layer": list(LAYER.shape), "settings": [_of(*setting) for setting in SETTINGS]}


def _of(size: int, stride: int, pad: int) -> dict[str, Any]:
    x = IMAGE[None, None]
    cols = im2col(x, size, size, stride, pad)
    counts = col2im(np.ones_like(cols), x.shape, size, size, stride, pad)[0, 0]
    return {
        "size": size,
        "stride": stride,
        "pad": pad,
        "side": output_size(SIDE, size, stride, pad),
        "cols": cols.astype(int).tolist(),
        "counts": counts.astype(int).tolist(),
        "back": col2im(cols, x.shape, size, size, stride, pad)[0, 0].astype(int).tolist(),
        "bytes": [LAYER.nbytes, im2col(LAYER, size, size, stride, pad).nbytes],
    }


def still(numbers: dict[str, Any]) -> Figure:
    """Counts of four settings, with the memory below."""
    figure, panels = plt.subplots(2, 2, figsize=(WIDTH, 6))
    for axes, chosen in zip(panels.ravel(), (0, 1, 2, 4), strict=True):
        setting = numbers["settings"][chosen]
        axes.imshow(setting["counts"], cmap="Greys", vmin=0, vmax=20)
        for (row, column), count in np.ndenumerate(np.array(setting["counts"])):
            axes.text(column, row, str(count), ha="center", va="center", fontsize=10, color=DARK)
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"stride {setting['stride']}, pad {setting['pad']}", fontsize=11)
        axes.set_xlabel(f"matrix: {setting['bytes'][1] / setting['bytes'][0]:.1f} times the images", fontsize=10)
    figure.tight_layout(h_pad=2.5)
    return figure
