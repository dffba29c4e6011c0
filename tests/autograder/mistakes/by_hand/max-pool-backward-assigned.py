"""A mask per window, for all images and channels at once."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, param = cache
    ph, pw, s = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = x[:, :, i * s : i * s + ph, j * s : j * s + pw]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            target = dx[:, :, i * s : i * s + ph, j * s : j * s + pw]
            target[mask] = (mask * dout[:, :, i, j][:, :, None, None])[mask]
    return dx
