"""The forward pass keeps the places of the maxima."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, 1 + (H - ph) // s, 1 + (W - pw) // s), x.dtype)
    places = {}
    for index in np.ndindex(*out.shape):
        n, c, i, j = index
        window = x[n, c, i * s : i * s + ph, j * s : j * s + pw]
        k = int(np.argmax(window))
        out[index] = window.flat[k]
        places[index] = divmod(k, pw)
    return out, (x.shape, places)


def max_pool_backward_naive(dout, cache):
    shape, places = cache
    dx = np.zeros(shape)
    for (n, c, i, j), (row, col) in places.items():
        dx[n, c, i + row, j + col] += dout[n, c, i, j]
    return dx
