"""Copied the line for the height and renamed only its left side."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    if HH > H + 2 * p or WW > W + 2 * p:
        raise ValueError("filter too large")
    H_prime = 1 + (H + 2 * p - HH) // s
    W_prime = 1 + (H + 2 * p - WW) // s
    x_pad = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    out = np.zeros((N, F, H_prime, W_prime), x.dtype)
    for i in range(H_prime):
        for j in range(W_prime):
            patch = x_pad[:, :, i * s : i * s + HH, j * s : j * s + WW]
            for f in range(F):
                out[:, f, i, j] = np.sum(patch * w[f], axis=(1, 2, 3)) + b[f]
    return out, (x, w, b, conv_param)
