"""Builds the mask and returns it."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * s : i * s + ph, j * s : j * s + pw]
        a, k = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, i * s + a, j * s + k] += 1
    return dx
