"""Repeats the gradient over each window."""

import numpy as np

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_forward_fast


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv = conv_forward_fast(x, w, b, conv_param)
    r = np.maximum(a, 0)
    out, _ = max_pool_forward_fast(r, pool_param)
    return out, (conv, r, pool_param)


def conv_relu_pool_backward(dout, cache):
    conv, r, param = cache
    d = np.zeros_like(r)
    h, w = param["pool_height"], param["pool_width"]
    wide = dout.repeat(h, axis=2).repeat(w, axis=3)[:, :, : r.shape[2], : r.shape[3]]
    d[:, :, : wide.shape[2], : wide.shape[3]] = wide
    return conv_backward_fast(d * (r > 0), conv)
