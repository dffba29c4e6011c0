"""Counts the windows of stride one."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    if ph > H or pw > W:
        raise ValueError("window too large")
    out = np.zeros((N, C, H - ph + 1, W - pw + 1), dtype=x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H - ph + 1):
                for j in range(W - pw + 1):
                    out[n, c, i, j] = np.max(x[n, c, i * stride : i * stride + ph, j * stride : j * stride + pw])
    return out, (x, pool_param)
