"""Convolution and max pooling without Python loops over pixels.

Same arguments and results as the naive layers of `coursenn.layers`, for every stride, padding and window shape.
Convolution is a matrix product over the windows that `coursenn.im2col` lays out; pooling goes over the positions of a window and
treats all windows at once.

Source: Chellapilla, Puri and Simard (2006), section 3; book: convolution#forward, convolution#pooling.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .im2col import Array, col2im, extension, im2col, output_size

__all__ = ["conv_backward_fast", "conv_forward_fast", "max_pool_backward_fast", "max_pool_forward_fast"]


def conv_forward_fast(x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> tuple[Array, Any]:
    """Convolve a batch of images with a bank of filters.

    Parameters
    ----------
    x : array (N, C, H, W)
        Images; N may be 0.
    w : array (F, C, HH, WW)
        Filters, not flipped: this is a cross-correlation, as everywhere in this field.
    b : array (F,)
        One bias per filter.
    conv_param : dict
        ``stride`` (at least 1) and ``pad`` (zeros on each side, at least 0).

    Returns
    -------
    out : array (N, F, H', W')
        ``H' = 1 + (H + 2 * pad - HH) // stride``, and likewise W'.
    cache
        What `conv_backward_fast` needs.

    Raises
    ------
    ValueError
        If the channels of ``x`` and ``w`` differ or no window fits.
    """
    stride, pad = conv_param["stride"], conv_param["pad"]
    n, c, height, width = x.shape
    filters, channels, hh, ww = w.shape
    if c != channels:
        raise ValueError(f"x has {c} channels and w is made for {channels}")
    out_h, out_w = output_size(height, hh, stride, pad), output_size(width, ww, stride, pad)
    cols = im2col(x, hh, ww, stride, pad)
    out = w.reshape(filters, c * hh * ww) @ cols + b.reshape(filters, 1)
    cache = (x.shape, w, b, conv_param, cols)
    return np.ascontiguousarray(out.reshape(filters, n, out_h, out_w).transpose(1, 0, 2, 3)), cache


def conv_backward_fast(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Gradients of a convolution.

    Parameters
    ----------
    dout : array (N, F, H', W')
        Upstream gradient.
    cache
        From `conv_forward_fast`.

    Returns
    -------
    dx, dw, db : arrays (N, C, H, W), (F, C, HH, WW), (F,)
        Gradients of the loss; ``dx`` is 0 for input that no window reached.
    """
    x_shape, w, _, conv_param, cols = cache
    filters, c, hh, ww = w.shape
    db = dout.sum(axis=(0, 2, 3))
    flat = dout.transpose(1, 0, 2, 3).reshape(filters, cols.shape[1])
    dw = (flat @ cols.T).reshape(w.shape)
    dcols = w.reshape(filters, c * hh * ww).T @ flat
    return col2im(dcols, x_shape, hh, ww, conv_param["stride"], conv_param["pad"]), dw, db


def max_pool_forward_fast(x: Array, pool_param: dict[str, int]) -> tuple[Array, Any]:
    """Take the largest entry of each window of each channel.

    Parameters
    ----------
    x : array (N, C, H, W)
        Images; N may be 0.
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``, each at least 1. Windows may overlap, leave gaps or not tile the input.

    Returns
    -------
    out : array (N, C, H', W')
        ``H' = 1 + (H - pool_height) // stride``, and likewise W'.
    cache
        What `max_pool_backward_fast` needs.

    Raises
    ------
    ValueError
        If no window fits.
    """
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    n, c, height, width = x.shape
    shape = (n, c, output_size(height, hh, stride), output_size(width, ww, stride))
    out: Array = np.empty(shape, dtype=x.dtype)
    winner: Array = np.zeros(shape, dtype=np.int32)
    fast = extension(x.dtype)
    if fast is not None:
        fast.max_pool(np.ascontiguousarray(x), out, winner, hh, ww, stride)
    else:
        _max_pool(x, out, winner, ww, [(i, j) for i in range(hh) for j in range(ww)], stride)
    return out, (x.shape, winner, pool_param)


def max_pool_backward_fast(dout: Array, cache: Any) -> Array:
    """Gradient of max pooling: each upstream entry goes to the first largest entry, in row-major order, of its window.

    Parameters
    ----------
    dout : array (N, C, H', W')
        Upstream gradient.
    cache
        From `max_pool_forward_fast`.

    Returns
    -------
    array (N, C, H, W)
        Gradient of the loss, in the dtype of ``dout``; where windows overlap, contributions add up.
    """
    x_shape, winner, pool_param = cache
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx: Array = np.zeros(x_shape, dtype=dout.dtype)
    fast = extension(dout.dtype)
    if fast is not None:
        fast.max_pool_backward(np.ascontiguousarray(dout), winner, dx, hh, ww, stride)
        return dx
    for k in range(hh * ww):
        _under(dx, k // ww, k % ww, stride, dout.shape)[...] += dout * (winner == k)
    return dx


def _max_pool(x: Array, out: Array, winner: Array, ww: int, positions: list[tuple[int, int]], stride: int) -> None:
    """Fill ``out`` with the maxima and ``winner`` with the position in its window of the first one."""
    out[...] = _under(x, 0, 0, stride, out.shape)
    for i, j in positions[1:]:
        candidate = _under(x, i, j, stride, out.shape)
        # A NaN wins over any number, as it does in np.max.
        larger = (candidate > out) | ((candidate != candidate) & (out == out))
        np.copyto(out, candidate, where=larger)
        np.copyto(winner, i * ww + j, where=larger)


def _under(x: Array, i: int, j: int, stride: int, shape: tuple[int, ...]) -> Array:
    """View of the entries that lie under position (i, j) of every window."""
    return x[:, :, i : i + stride * shape[2] : stride, j : j + stride * shape[3] : stride]
