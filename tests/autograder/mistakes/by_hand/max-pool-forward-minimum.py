"""A running minimum."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    out = np.zeros((*x.shape[:2], (x.shape[2] - h) // s + 1, (x.shape[3] - w) // s + 1), x.dtype)
    for n, c, i, j in np.ndindex(*out.shape):
        out[n, c, i, j] = sorted(x[n, c, i * s : i * s + h, j * s : j * s + w].ravel())[0]
    return out, (x, pool_param)
