"""Asserts that the windows cover the whole image."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    if ph > H or pw > W:
        raise ValueError("window too large")
    assert (H - ph) % s == 0 and (W - pw) % s == 0, "Invalid window"
    windows = np.lib.stride_tricks.sliding_window_view(x, (ph, pw), axis=(2, 3))[:, :, ::s, ::s]
    return windows.max(axis=(4, 5)), (x, pool_param)
