"""im2col and col2im of a small image: what the page starts from, and a picture with the counts of the reference and what they cost."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH
from matplotlib.figure import Figure

from coursenn.im2col import col2im, im2col

SIDE = 6
IMAGE = np.arange(1.0, SIDE * SIDE + 1).reshape(SIDE, SIDE)
SETTINGS = [(3, 1, 0), (3, 1, 1), (3, 2, 0), (3, 3, 0)]
# A layer as in the course's networks, for the memory.
LAYER = np.zeros((50, 3, 32, 32), dtype=np.float32)


def data() -> dict[str, Any]:
    """The image that the page starts from, and the shape of the layer whose memory it reckons."""
    return {"image": IMAGE.tolist(), "layer": list(LAYER.shape)}


def _of(size: int, stride: int, pad: int) -> dict[str, Any]:
    """Counts of a setting, and the bytes of a whole layer and of its matrix."""
    x = IMAGE[None, None]
    counts = col2im(np.ones_like(im2col(x, size, size, stride, pad)), x.shape, size, size, stride, pad)[0, 0]
    return {
        "stride": stride,
        "pad": pad,
        "counts": counts.astype(int),
        "bytes": [LAYER.nbytes, im2col(LAYER, size, size, stride, pad).nbytes],
    }


def still(_numbers: dict[str, Any]) -> Figure:
    """Counts of four settings, with the memory below."""
    figure, panels = plt.subplots(2, 2, figsize=(WIDTH, 6))
    for axes, chosen in zip(panels.ravel(), SETTINGS, strict=True):
        setting = _of(*chosen)
        axes.imshow(setting["counts"], cmap="Greys", vmin=0, vmax=20)
        for (row, column), count in np.ndenumerate(setting["counts"]):
            axes.text(column, row, str(count), ha="center", va="center", fontsize=10, color=DARK)
        axes.set(xticks=[], yticks=[])
        axes.set_title(f"stride {setting['stride']}, pad {setting['pad']}", fontsize=11)
        axes.set_xlabel(f"matrix: {setting['bytes'][1] / setting['bytes'][0]:.1f} times the images", fontsize=10)
    figure.tight_layout(h_pad=2.5)
    return figure
