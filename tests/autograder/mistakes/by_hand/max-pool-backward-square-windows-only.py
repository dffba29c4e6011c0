"""Height for width."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, param = cache
    k, s = param["pool_height"], param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * s : i * s + k, j * s : j * s + k]
        dx[n, c, i * s : i * s + k, j * s : j * s + k] += (window == np.max(window)) * dout[n, c, i, j]
    return dx
