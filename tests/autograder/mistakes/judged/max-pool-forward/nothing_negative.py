"""Starts the search for the maximum at zero."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    if ph > H or pw > W:
        raise ValueError("window too large")
    out = np.zeros((N, C, (H - ph) // stride + 1, (W - pw) // stride + 1), dtype=x.dtype)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for a in range(ph):
                for k in range(pw):
                    entry = x[:, :, i * stride + a, j * stride + k]
                    out[:, :, i, j] = np.where(entry > out[:, :, i, j], entry, out[:, :, i, j])
    return out, (x, pool_param)
