"""A mask with the maximum along one axis only."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, param = cache
    h, w, s = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*dout.shape[2:]):
        place = slice(None), slice(None), slice(i * s, i * s + h), slice(j * s, j * s + w)
        mask = x[place] == x[place].max(axis=-1, keepdims=True)
        dx[place] += mask * dout[:, :, i, j][:, :, None, None]
    return dx
