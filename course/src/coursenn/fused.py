"""Several steps in one pass over memory: convolution - ReLU - pooling, and Adam.

Results are those of the parts, up to rounding. It is given for trainings and measurements, and not available while the functions
that it takes the place of are graded. Where the compiled part is missing, it calls the parts, yours among them.

Source: book: fast-layers#layers-in-one-pass.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ._extension import extension
from .fast_layers import (
    GRADIENTS,
    as_upstream,
    conv_backward_fast,
    conv_forward_fast,
    conv_shape,
    max_pool_backward_fast,
    max_pool_forward_fast,
    one_dtype,
    pool_shape,
)
from .im2col import Array

__all__ = ["adam_fused", "conv_relu_pool_backward", "conv_relu_pool_forward"]


def conv_relu_pool_forward(x: Array, w: Array, b: Array, conv_param: dict[str, int], pool_param: dict[str, int]) -> tuple[Array, Any]:
    """Convolution, ReLU, max pooling, without ever storing what the convolution of the whole batch gives.

    Parameters
    ----------
    x : images, shape (N, C, H, W).
    w : filters, shape (F, C, HH, WW).
    b : biases, shape (F,).
    conv_param : ``stride`` and ``pad``, as for `conv_forward_fast`.
    pool_param : ``pool_height``, ``pool_width`` and ``stride``, as for `max_pool_forward_fast`.

    Returns
    -------
    out : outputs of the pooling layer, shape (N, F, H'', W'').
    cache : whatever `conv_relu_pool_backward` needs. It holds x and w themselves: do not write into them before the backward pass.

    Raises
    ------
    ValueError
        If the channels of x and w differ or no window fits.
    """
    x, w, b = one_dtype(x, w, b)
    features = conv_shape(x, w, conv_param)
    shape = pool_shape(features, pool_param)
    fast = extension(x.dtype)
    windows = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    if fast is None or not w.size or windows[0] * windows[1] >= fast.LARGEST_WINDOW:
        return _forward_in_parts(x, w, b, conv_param, pool_param)
    out, winner = np.empty(shape, x.dtype), np.empty(shape, np.uint16)
    fast.conv_forward(x, w, b, out, conv_param["stride"], conv_param["pad"], winner, features[2:], windows)
    return out, ((x, w, conv_param, None), winner, (features, winner, pool_param))


def conv_relu_pool_backward(dout: Array, cache: Any, wanted: Collection[str] = GRADIENTS) -> tuple[Any, Any, Any]:
    """Backward pass of convolution - ReLU - max pooling.

    Only the largest entry of each pooling window, and only a positive one, has a gradient. So the gradient of the filters
    visits one place in each window.

    Parameters
    ----------
    dout : upstream gradient, shape (N, F, H'', W''). Where a ReLU is shut, it does not matter.
    cache : what `conv_relu_pool_forward` returned.
    wanted : names out of ``"dx"``, ``"dw"``, ``"db"``: gradients to compute. Default all.

    Returns
    -------
    dx, dw, db : gradients of x, w and b, each in the shape of its array; None for what is not wanted.
    """
    conv_cache, winner, pool_cache = cache
    if winner is None:
        return _backward_in_parts(dout, cache, wanted)
    x, w, conv_param, _ = conv_cache
    features, _, pool_param = pool_cache
    upstream, x, w = one_dtype(dout, x, w)
    fast = extension(x.dtype)
    # Zeros that are left out matter where an image is infinite or NaN: 0 * inf is NaN.
    sparse = fast is not None and bool(np.isfinite(x).all())
    dense = [name for name in wanted if name == "dx" or not sparse]
    dx, dw, db = conv_backward_fast(max_pool_backward_fast(dout, pool_cache), conv_cache, dense) if dense else [None] * 3
    if sparse and {"dw", "db"} & {*wanted}:
        windows = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        dw, db = np.empty(w.shape, x.dtype), np.empty(w.shape[:1], x.dtype)
        fast.conv_backward_w(x, upstream, dw, db, conv_param["stride"], conv_param["pad"], winner, features[2:], windows)
        dw, db = as_upstream(dout, dw), as_upstream(dout, db)
    return tuple(g if name in wanted else None for name, g in zip(GRADIENTS, (dx, dw, db), strict=True))  # type: ignore[return-value]


def _forward_in_parts(x: Array, w: Array, b: Array, conv_param: dict[str, int], pool_param: dict[str, int]) -> tuple[Array, Any]:
    from .layers import relu_forward

    features, conv_cache = conv_forward_fast(x, w, b, conv_param)
    active, relu_cache = relu_forward(features)
    out, pool_cache = max_pool_forward_fast(active, pool_param)
    return out, (conv_cache, None, (relu_cache, pool_cache))


def _backward_in_parts(dout: Array, cache: Any, wanted: Collection[str]) -> tuple[Any, Any, Any]:
    from .layers import relu_backward

    conv_cache, _, (relu_cache, pool_cache) = cache
    return conv_backward_fast(relu_backward(max_pool_backward_fast(dout, pool_cache), relu_cache), conv_cache, wanted)


ADAM_STATE = {"learning_rate", "beta1", "beta2", "epsilon", "m", "v", "t"}
"""What `coursenn.optim.adam` leaves in its config after a step."""


def adam_fused(w: Array, dw: Array, config: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
    """One step of `coursenn.optim.adam`, written into the parameter itself.

    Unlike the rules of `coursenn.optim` it writes into ``w``, and into ``m`` and ``v`` of ``config``. It reads and writes each of them
    once, which is what takes the time with many parameters.

    Parameters
    ----------
    w : parameter, of any shape; changed in place where it is a contiguous float32 or float64 array.
    dw : its gradient, in the same shape.
    config : as for `coursenn.optim.adam`.

    Returns
    -------
    next_w : the parameter after the step; ``w`` itself where it could be changed in place.
    config : the dictionary, with the defaults filled in and the new ``m``, ``v`` and ``t``.
    """
    from . import optim

    fast = extension(w.dtype)
    if fast is None or not (w.flags.c_contiguous and w.flags.writeable and w.dtype.isnative):
        return optim.adam(w, dw, config)
    if config is None or not config.keys() >= ADAM_STATE:
        # The first step: the defaults have their one home in the rule itself.
        w[...], config = optim.adam(w, dw, config)
        return w, config
    for key in ("m", "v"):
        config[key] = np.require(config[key], w.dtype, ["C", "W"])
    config["t"] += 1
    arrays = (w, np.ascontiguousarray(dw, w.dtype), config["m"], config["v"])
    rates = (config["learning_rate"], config["beta1"], config["beta2"], config["epsilon"])
    fast.adam(*(a.reshape(-1) for a in arrays), *rates, config["t"])
    return w, config
