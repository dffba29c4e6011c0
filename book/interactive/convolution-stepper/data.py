"""A convolution of one small image, output by output: the window that is read, and where its gradient goes."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from _style import DARK, WIDTH
from matplotlib.figure import Figure

from coursenn.im2col import im2col, output_size
from coursenn.layers import conv_backward_naive, conv_forward_naive

IMAGE = np.array([[1, 0, 2, -1, 3], [2, 1, 0, 1, -2], [0, 3, 1, -1, 0], [-1, 2, 2, 0, 1], [1, 0, -2, 1, 2]], dtype=float)
FILTERS = {2: np.array([[1.0, -1.0], [2.0, 1.0]]), 3: np.array([[1.0, 0.0, -1.0], [2.0, 1.0, -2.0], [0.0, 1.0, 1.0]])}
SETTINGS = [(3, 1, 0), (3, 1, 1), (3, 2, 0), (3, 2, 1), (2, 1, 0), (2, 2, 0), (2, 2, 1), (2, 3, 0)]


def data() -> dict[str, Any]:
    """Each setting with its outputs, windows, and the gradient of the image after each output has sent back its share."""
    return {"image": IMAGE.tolist(), "settings": [_of(*setting) for setting in SETTINGS]}


def _of(size: int, stride: int, pad: int) -> dict[str, Any]:
    x, w = IMAGE[None, None], FILTERS[size][None, None]
    out, cache = conv_forward_naive(x, w, np.zeros(1), {"stride": stride, "pad": pad})
    upstream = np.random.default_rng(size + stride).integers(-2, 4, out.size).astype(float)
    windows = im2col(x, size, size, stride, pad).T
    after = [upstream * (np.arange(out.size) <= t) for t in range(out.size)]
    dx, dw = zip(*(conv_backward_naive(dout.reshape(out.shape), cache)[:2] for dout in after), strict=True)
    return {
        "size": size,
        "stride": stride,
        "pad": pad,
        "side": output_size(len(IMAGE), size, stride, pad),
        "filter": FILTERS[size].tolist(),
        "out": out.ravel().tolist(),
        "upstream": upstream.tolist(),
        "windows": windows.tolist(),
        "products": (windows * FILTERS[size].ravel()).tolist(),
        "shares": np.outer(upstream, FILTERS[size].ravel()).tolist(),
        "dx": [array[0, 0].tolist() for array in dx],
        "dw": [array[0, 0].tolist() for array in dw],
    }


def still(numbers: dict[str, Any]) -> Figure:
    """Image, filter and output of the first setting, with the first window framed, and the gradient of the image below."""
    first = numbers["settings"][0]
    shape = (first["side"], first["side"])
    panels = {
        "image": np.array(numbers["image"]),
        "filter": np.array(first["filter"]),
        "output": np.reshape(first["out"], shape),
        "upstream gradient": np.reshape(first["upstream"], shape),
        "its share": np.reshape(first["shares"][0], (3, 3)),
        "gradient of the image": np.array(first["dx"][-1]),
    }
    figure, axes = plt.subplots(2, 3, figsize=(WIDTH, 3.8))
    for place, (title, values) in zip(axes.ravel(), panels.items(), strict=True):
        table = place.table([[f"{v:g}".replace("-", "\u2212") for v in row] for row in values], loc="center", cellLoc="center")
        table.scale(1, 1.15)
        for (row, column), cell in table.get_celld().items():
            framed = (row < 3 and column < 3) if len(values) == 5 else (row == 0 and column == 0 and "filter" not in title)
            cell.set(edgecolor=DARK, hatch="//" if framed and title != "its share" else None, linewidth=1)
        place.set_title(title, fontsize=10)
        place.axis("off")
    figure.tight_layout()
    return figure
