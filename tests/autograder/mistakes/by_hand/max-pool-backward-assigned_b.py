"""argmax and an assignment."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, param = cache
    h, w, s = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        r, k = divmod(int(np.argmax(x[n, c, i * s : i * s + h, j * s : j * s + w])), w)
        dx[n, c, i * s + r, j * s + k] = dout[n, c, i, j]
    return dx
