"""Right sandwiches in another style: the ReLU is a mask, and caches are dictionaries."""

import numpy as np

from coursenn import layers
from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast


def _rectify(a, **kept):
    positive = a > 0
    return np.where(positive, a, 0).astype(a.dtype), {**kept, "positive": positive}


def _masked(dout, cache):
    return np.where(cache["positive"], dout, 0).astype(dout.dtype)


def affine_relu_forward(x, w, b):
    a, affine = layers.affine_forward(x, w, b)
    return _rectify(a, affine=affine)


def affine_relu_backward(dout, cache):
    dx, dw, db = layers.affine_backward(_masked(dout, cache), cache["affine"])
    return dx, dw, db


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError(f"{normalization} is neither batchnorm nor layernorm")
    a, affine = layers.affine_forward(x, w, b)
    batch = normalization == "batchnorm"
    n, norm = (layers.batchnorm_forward if batch else layers.layernorm_forward)(a, gamma, beta, norm_param)
    return _rectify(n, affine=affine, norm=norm, batch=batch)


def affine_norm_relu_backward(dout, cache):
    norm_backward = layers.batchnorm_backward if cache["batch"] else layers.layernorm_backward
    d, dgamma, dbeta = norm_backward(_masked(dout, cache), cache["norm"])
    return [*layers.affine_backward(d, cache["affine"]), dgamma, dbeta]


def conv_relu_forward(x, w, b, conv_param):
    a, conv = conv_forward_fast(x, w, b, conv_param)
    return _rectify(a, conv=conv)


def conv_relu_backward(dout, cache):
    return conv_backward_fast(_masked(dout, cache), cache["conv"])


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv = conv_forward_fast(x, w, b, conv_param)
    r, cache = _rectify(a, conv=conv)
    out, cache["pool"] = max_pool_forward_fast(r, pool_param)
    return out, cache


def conv_relu_pool_backward(dout, cache):
    return conv_backward_fast(_masked(max_pool_backward_fast(dout, cache["pool"]), cache), cache["conv"])


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, conv = conv_forward_fast(x, w, b, conv_param)
    n, norm = layers.spatial_batchnorm_forward(a, gamma, beta, bn_param)
    return _rectify(n, conv=conv, norm=norm)


def conv_bn_relu_backward(dout, cache):
    d, dgamma, dbeta = layers.spatial_batchnorm_backward(_masked(dout, cache), cache["norm"])
    return [*conv_backward_fast(d, cache["conv"]), dgamma, dbeta]
