"""All in four dimensions, without the flat functions."""

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    axes = (0, 2, 3)
    sd = np.sqrt(x.var(axis=axes, keepdims=True) + bn_param.get("eps", 1e-5))
    hat = (x - x.mean(axis=axes, keepdims=True)) / sd
    scale = np.asarray(gamma).reshape(1, -1, 1, 1)
    return hat * scale + np.asarray(beta).reshape(1, -1, 1, 1), (hat, sd, scale)


def spatial_batchnorm_backward(dout, cache):
    hat, sd, scale = cache
    axes = (0, 2, 3)
    along = hat * (dout * hat).mean(axis=axes, keepdims=True)
    dx = scale / sd * (dout - dout.mean(axis=axes, keepdims=True) - along)
    return dx, (dout * hat).mean(axis=axes), dout.sum(axis=axes)
