"""Windows of images as columns of a matrix, so that a convolution becomes one matrix product.

Everything here is numpy. `coursenn.fast_layers` computes this way where its compiled part is missing.

Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document Processing" (2006), section 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]


def output_size(size: int, window: int, stride: int, pad: int = 0) -> int:
    """How many windows fit along one axis: ``1 + (size + 2 * pad - window) // stride``.

    A last window that does not fit entirely is dropped, so the end of the input may go unread.

    Parameters
    ----------
    size, window : int
        Length of the input and of the window along this axis.
    stride : int
        Step between two windows, at least 1.
    pad : int
        Zeros added at either end, at least 0.

    Raises
    ------
    ValueError
        If the stride or the window is below 1, the padding below 0, or not even one window fits.
    """
    if stride < 1 or window < 1 or pad < 0:
        raise ValueError(f"stride and window must be at least 1 and pad at least 0, not stride {stride}, window {window}, pad {pad}")
    if window > size + 2 * pad:
        raise ValueError(f"a window of {window} does not fit into an input of {size} with padding {pad}")
    return 1 + (size + 2 * pad - window) // stride


def im2col(x: Array, height: int, width: int, stride: int, pad: int) -> Array:
    """Copy every window of a batch of images into a column of a matrix.

    Parameters
    ----------
    x : array (N, C, H, W)
        Images; N may be 0.
    height, width : int
        Size of the window.
    stride, pad : int
        Step between windows, and zeros added on each side.

    Returns
    -------
    array (C * height * width, N * H' * W')
        Rows run over (channel, row in window, column in window), columns over (image, row, column of the output); dtype of ``x``.

    Raises
    ------
    ValueError
        If no window fits (see `output_size`).
    """
    n, c, h, w = x.shape
    out_h, out_w = output_size(h, height, stride, pad), output_size(w, width, stride, pad)
    shape = (c * height * width, n * out_h * out_w)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))) if pad else x
    if n == 0:
        return np.empty(shape, dtype=x.dtype)
    windows = sliding_window_view(padded, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.transpose(1, 4, 5, 0, 2, 3).reshape(shape)


def col2im(cols: Array, x_shape: tuple[int, int, int, int], height: int, width: int, stride: int, pad: int) -> Array:
    """Add the columns of a matrix back to the places `im2col` read them from: its transpose, not its inverse.

    Parameters
    ----------
    cols : array (C * height * width, N * H' * W')
        In the order of `im2col`.
    x_shape : tuple (N, C, H, W)
        Shape of the images.
    height, width, stride, pad : int
        As given to `im2col`.

    Returns
    -------
    array (N, C, H, W)
        For each pixel the sum of the entries read from it; 0 where no window reached. dtype of ``cols``.

    Raises
    ------
    ValueError
        If no window fits, or ``cols`` has another shape.
    """
    n, c, h, w = x_shape
    out_h, out_w = output_size(h, height, stride, pad), output_size(w, width, stride, pad)
    if cols.shape != (c * height * width, n * out_h * out_w):
        raise ValueError(f"cols must have shape {(c * height * width, n * out_h * out_w)} for images {tuple(x_shape)}, not {cols.shape}")
    padded: Array = np.zeros((n, c, h + 2 * pad, w + 2 * pad), dtype=cols.dtype)
    # Windows overlap, but the pixels under one position of the window never do: that is a slice to add to.
    source = cols.reshape(c, height, width, n, out_h, out_w).transpose(1, 2, 3, 0, 4, 5)
    for i in range(height):
        for j in range(width):
            padded[:, :, i : i + stride * out_h : stride, j : j + stride * out_w : stride] += source[i, j]
    return padded[:, :, pad : pad + h, pad : pad + w] if pad else padded
