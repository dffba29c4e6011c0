"""Moves by the size of the window and takes the minimum."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    if ph > H or pw > W:
        raise ValueError("window too large")
    out = np.zeros((N, C, 1 + (H - ph) // s, 1 + (W - pw) // s), x.dtype)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * ph : i * ph + ph, j * pw : j * pw + pw]
            out[:, :, i, j] = np.min(window, axis=(2, 3))
    return out, (x, pool_param)
