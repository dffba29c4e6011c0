"""Gives the whole gradient to each of several equal maxima. task: max-pool-backward, edge"""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, param = cache
    height, width, stride = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = np.s_[n, c, i * stride : i * stride + height, j * stride : j * stride + width]
        dx[window] += (x[window] == x[window].max()) * dout[n, c, i, j]
    return dx
