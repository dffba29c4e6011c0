"""Reads the gradient of each window at steps of its size."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, param = cache
    h, w = param["pool_height"], param["pool_width"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * h : i * h + h, j * w : j * w + w]
        dx[n, c, i * h : i * h + h, j * w : j * w + w] += (window == window.max()) * dout[n, c, i, j]
    return dx
