"""Convolution and max pooling without Python loops over pixels.

Same arguments and results as the naive layers of `coursenn.layers`, for every stride, padding and window shape. Where the
package was installed with a C compiler at hand, the loops of ``fast_kernels.h`` do the work. Elsewhere it is numpy: convolution is a
matrix product over the windows that `coursenn.im2col` lays out; pooling goes over the positions of a window and treats all
windows at once.

Threads: as many as OMP_NUM_THREADS says, else one for each processor core.

Source: Chellapilla, Puri and Simard (2006), section 3, for the matrix product; Georganas et al. (2018), "Anatomy of
high-performance deep learning convolutions on SIMD architectures", for the loops; book: im2col, fast-layers#tap-offsets.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ._extension import extension
from .im2col import Array, col2im, im2col, output_size

__all__ = ["conv_backward_fast", "conv_forward_fast", "max_pool_backward_fast", "max_pool_forward_fast"]

GRADIENTS = ("dx", "dw", "db")


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
        What `conv_backward_fast` needs. It holds ``x`` and ``w`` themselves: do not write into them before the backward pass.

    Raises
    ------
    ValueError
        If the channels of ``x`` and ``w`` differ or no window fits.
    """
    x, w, b = one_dtype(x, w, b)
    stride, pad = conv_param["stride"], conv_param["pad"]
    shape = conv_shape(x, w, conv_param)
    fast = extension(x.dtype)
    if fast is not None and w.size:
        out: Array = np.empty(shape, x.dtype)
        fast.conv_forward(x, w, b, out, stride, pad)
        return out, (x, w, conv_param, None)
    cols = im2col(x, w.shape[2], w.shape[3], stride, pad)
    flat = w.reshape(w.shape[0], -1) @ cols + b[:, np.newaxis]
    out = np.ascontiguousarray(flat.reshape(shape[1], shape[0], *shape[2:]).transpose(1, 0, 2, 3))
    return out, (x, w, conv_param, cols)


def conv_backward_fast(dout: Array, cache: Any, wanted: Collection[str] = GRADIENTS) -> tuple[Any, Any, Any]:
    """Gradients of a convolution.

    Parameters
    ----------
    dout : array (N, F, H', W')
        Upstream gradient.
    cache
        From `conv_forward_fast`.
    wanted : names out of ``"dx"``, ``"dw"``, ``"db"``
        Gradients to compute; the first layer of a network, for one, needs no ``dx``. Default all.

    Returns
    -------
    dx, dw, db : arrays (N, C, H, W), (F, C, HH, WW), (F,)
        Gradients of the loss, in the dtype of ``dout``; ``dx`` is 0 for input that no window reached. None for what is not wanted.

    Raises
    ------
    ValueError
        For a name in ``wanted`` that is not one of the three.
    """
    if unknown := set(wanted) - set(GRADIENTS):
        raise ValueError(f"wanted names {sorted(unknown)}: it can name {', '.join(GRADIENTS)}")
    x, w, conv_param, cols = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    upstream, x, w = one_dtype(dout, x, w)
    fast = extension(x.dtype) if w.size else None
    gradients: dict[str, Any] = dict.fromkeys(GRADIENTS)
    if fast is not None and {"dw", "db"} & {*wanted}:
        gradients["dw"], gradients["db"] = np.empty(w.shape, x.dtype), np.empty(w.shape[:1], x.dtype)
        fast.conv_backward_w(x, upstream, gradients["dw"], gradients["db"], stride, pad)
    # The compiled loops multiply filters with zeros beyond the edge, which is no zero where a filter is infinite or NaN.
    if fast is not None and "dx" in wanted and np.isfinite(w).all():
        gradients["dx"] = np.empty(x.shape, x.dtype)
        fast.conv_backward_x(upstream, w, gradients["dx"], stride, pad)
    missing = [name for name in wanted if gradients[name] is None]
    if missing:
        flat = upstream.transpose(1, 0, 2, 3).reshape(w.shape[0], -1)
        if "db" in missing:
            gradients["db"] = upstream.sum(axis=(0, 2, 3))
        if "dw" in missing:
            cols = im2col(x, w.shape[2], w.shape[3], stride, pad) if cols is None else cols
            gradients["dw"] = (flat @ cols.T).reshape(w.shape)
        if "dx" in missing:
            gradients["dx"] = col2im(w.reshape(w.shape[0], -1).T @ flat, x.shape, w.shape[2], w.shape[3], stride, pad)
    dx, dw, db = (as_upstream(dout, gradients[name]) if name in wanted else None for name in GRADIENTS)
    return dx, dw, db


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
    (x,) = one_dtype(x)
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    shape = pool_shape(x.shape, pool_param)
    out: Array = np.empty(shape, dtype=x.dtype)
    fast = extension(x.dtype)
    if fast is not None and hh * ww < fast.LARGEST_WINDOW:
        winner: Array = np.empty(shape, dtype=np.uint16)
        fast.max_pool(x, out, winner, (hh, ww, stride))
    else:
        winner = np.zeros(shape, dtype=np.int32)
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
    (dout,) = one_dtype(dout)
    fast = extension(dout.dtype)
    if fast is not None and winner.dtype == np.uint16:
        dx: Array = np.empty(x_shape, dtype=dout.dtype)
        fast.max_pool_backward(dout, winner, dx, (hh, ww, stride))
        return dx
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for k in range(hh * ww):
        _under(dx, k // ww, k % ww, stride, dout.shape)[...] += dout * (winner == k)
    return dx


def one_dtype(*arrays: Array) -> tuple[Array, ...]:
    """The arrays, contiguous and in the dtype that numpy gives their product, in the byte order of this machine; copied only if need be."""
    dtype = np.result_type(*arrays).newbyteorder("=")
    return tuple(np.ascontiguousarray(a, dtype=dtype) for a in arrays)


def conv_shape(x: Array, w: Array, conv_param: dict[str, int]) -> tuple[int, int, int, int]:
    """Shape (N, F, H', W') of a convolution; a ValueError where there is none."""
    if x.shape[1] != w.shape[1]:
        raise ValueError(f"x has {x.shape[1]} channels and w is made for {w.shape[1]}")
    rows, columns = (output_size(size, window, **conv_param) for size, window in zip(x.shape[2:], w.shape[2:], strict=True))
    return x.shape[0], w.shape[0], rows, columns


def pool_shape(x_shape: tuple[int, ...], pool_param: dict[str, int]) -> tuple[int, int, int, int]:
    """Shape (N, C, H', W') of a pooling; a ValueError where there is none."""
    stride = pool_param["stride"]
    rows, columns = output_size(x_shape[2], pool_param["pool_height"], stride), output_size(x_shape[3], pool_param["pool_width"], stride)
    return x_shape[0], x_shape[1], rows, columns


def as_upstream(dout: Array, gradient: Array) -> Array:
    """A gradient in the dtype of the upstream one, where that can hold it."""
    return gradient.astype(dout.dtype.newbyteorder("="), copy=False) if dout.dtype.kind == "f" else gradient


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
