"""Images and filters as pictures. matplotlib is imported only by the function that draws."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def visualize_grid(Xs: Array, ubound: float = 255.0, padding: int = 1) -> Array:
    """Put images into one square grid, each one stretched to the whole range of brightness.

    Parameters
    ----------
    Xs : images or filters, shape (N, H, W, C) with N at least 1.
    ubound : brightness of the largest entry of each image; the smallest becomes 0. An image whose entries are all equal
        has no range to stretch and is drawn in the middle, at ubound / 2.
    padding : pixels between images, which are 0.

    Returns
    -------
    float array of shape (height, width, C), the images row by row; places of the grid that are left over are 0.
    """
    N, H, W, C = Xs.shape
    if N == 0:
        raise ValueError("visualize_grid needs at least one image")
    side = ceil(sqrt(N))
    grid = np.zeros((H * side + padding * (side - 1), W * side + padding * (side - 1), C))
    for n, image in enumerate(Xs):
        top, left = (n // side) * (H + padding), (n % side) * (W + padding)
        grid[top : top + H, left : left + W] = _stretch(image, ubound)
    return grid


def _stretch(image: Array, ubound: float) -> Array:
    """Move the entries linearly to 0 .. ubound."""
    image = image.astype(np.float64)
    low, high = image.min(), image.max()
    if low == high:
        return np.full(image.shape, ubound / 2)
    stretched: Array = ubound * (image - low) / (high - low)
    return stretched


def deprocess(img: Array, normalize: bool = True) -> Array:
    """Turn an array of any range into a picture of bytes.

    Parameters
    ----------
    img : array of any shape.
    normalize : whether to stretch the entries to 0 .. 255; without it they are rounded and cut off at both ends.

    Returns
    -------
    uint8 array of the same shape. A constant array gives a constant picture.
    """
    values = _stretch(img, 255.0) if normalize else np.clip(np.rint(img), 0, 255)
    return values.astype(np.uint8)


def center_square(img: Array) -> Array:
    """The largest square in the middle of a picture of shape (H, W) or (H, W, C); a square picture comes back whole."""
    H, W = img.shape[:2]
    side = min(H, W)
    top, left = (H - side) // 2, (W - side) // 2
    return img[top : top + side, left : left + side]


def imshow_no_ax(img: Array, normalize: bool = True, ax: Any = None) -> None:
    """Show a picture without axes.

    Parameters
    ----------
    img : picture of shape (H, W) or (H, W, 3).
    normalize : whether to stretch the entries to the whole range of brightness.
    ax : matplotlib axes to draw into; default the current ones.
    """
    import matplotlib.pyplot as plt

    ax = plt.gca() if ax is None else ax
    # The limits keep a constant grey picture grey: matplotlib would stretch it on its own.
    ax.imshow(deprocess(img, normalize), vmin=0, vmax=255)
    ax.axis("off")
