"""Writes a whole window at a time, zeros included."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    N, C, Ho, Wo = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    r, k = i * stride, j * stride
                    window = x[n, c, r : r + ph, k : k + pw]
                    mask = window == np.max(window)
                    dx[n, c, r : r + ph, k : k + pw] = mask * dout[n, c, i, j]
    return dx
