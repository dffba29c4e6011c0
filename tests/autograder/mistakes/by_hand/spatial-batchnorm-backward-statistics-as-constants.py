"""Multiplies by the slope of each channel and stops there."""

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    inverse = 1 / np.sqrt(var + bn_param.get("eps", 1e-5))
    hat = np.einsum("nchw,c->nchw", x - mean[None, :, None, None], inverse)
    out = np.einsum("nchw,c->nchw", hat, gamma) + beta[None, :, None, None]
    return out, (hat, gamma * inverse)


def spatial_batchnorm_backward(dout, cache):
    hat, slope = cache
    return np.einsum("nchw,c->nchw", dout, slope), np.einsum("nchw,nchw->c", dout, hat), np.einsum("nchw->c", dout)
