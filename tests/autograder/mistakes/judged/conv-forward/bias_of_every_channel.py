"""Adds the bias inside the loop over the channels."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    if HH > H + 2 * p or WW > W + 2 * p:
        raise ValueError("filter too large")
    x_pad = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    out = np.zeros((N, F, 1 + (H + 2 * p - HH) // s, 1 + (W + 2 * p - WW) // s), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        for c in range(C):
            out[n, f, i, j] += np.sum(x_pad[n, c, i * s : i * s + HH, j * s : j * s + WW] * w[f, c]) + b[f]
    return out, (x, w, b, conv_param)
