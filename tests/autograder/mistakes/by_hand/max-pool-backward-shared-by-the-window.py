"""Spreads the gradient as an average pooling would."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, param = cache
    ph, pw, s = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros_like(x)
    share = dout / (ph * pw)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * s : i * s + ph, j * s : j * s + pw] += share[:, :, i, j, None, None]
    return dx
