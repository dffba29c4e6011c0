"""A convolution of a small image: what the page starts from, and its picture from the reference."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH
from matplotlib.figure import Figure

from coursenn.layers import conv_backward_naive, conv_forward_naive

# A ring, a cross and a diagonal: three channels that filters tell apart.
RED = ["......", ".3333.", ".3..3.", ".3..3.", ".3333.", "......"]
GREEN = ["..2...", "..2...", "222222", "..2...", "..2...", "..2..."]
BLUE = ["1.....", ".1....", "..2...", "...2..", "....3.", ".....3"]
FILTERS = {
    "vertical edges": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "horizontal edges": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "sum of the window": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "curvature": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "one pixel": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
}
UPSTREAM = [[1, 0, 0, 0, 0, -1], [0, 0, 0, 0, 0, 0], [0, 0, 2, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [-1, 0, 0, 0, 0, 1]]


def data() -> dict[str, Any]:
    """Three channels, filters by their names, and an upstream gradient for as many outputs as there can be."""
    channels = [[[0 if sign == "." else int(sign) for sign in row] for row in plane] for plane in (RED, GREEN, BLUE)]
    return {"channels": channels, "filters": FILTERS, "upstream": UPSTREAM}


def still(numbers: dict[str, Any]) -> Figure:
    """Forward above, backward below: image, filter and output, each with the window of one output framed."""
    image, w = np.array(numbers["channels"][0], float), np.array(FILTERS["vertical edges"], float)
    out, cache = conv_forward_naive(image[None, None], w[None, None], np.zeros(1), {"stride": 1, "pad": 1})
    upstream = np.array(UPSTREAM, float)
    dx, dw, _ = conv_backward_naive(upstream[None, None], cache)
    figure, panels = plt.subplots(2, 3, figsize=(WIDTH + 1, 4.6), width_ratios=[6, 3, 6])
    rows = (
        [("image", image), ("filter", w), ("output", out[0, 0])],
        [("its gradient", dx[0, 0]), ("its gradient", dw[0, 0]), ("upstream", upstream)],
    )
    for axes, (name, values) in zip(panels.ravel(), [*rows[0], *rows[1]], strict=True):
        most = max(1.0, float(abs(values).max()))
        axes.imshow(values, cmap="Greys", vmin=0, vmax=4 * most)
        for (row, column), value in np.ndenumerate(values):
            axes.text(column, row, f"{value:.0f}".replace("-", "\u2212"), ha="center", va="center", fontsize=9, color=DARK)
        axes.set(xticks=[], yticks=[])
        axes.set_title(name, fontsize=10)
    for row in panels:
        for axes, corner, size in ((row[0], 0.5, 3), (row[2], 1.5, 1)):
            axes.add_patch(plt.Rectangle((corner, corner), size, size, fill=False, edgecolor=DARK, linewidth=2.5))
    figure.tight_layout()
    return figure
