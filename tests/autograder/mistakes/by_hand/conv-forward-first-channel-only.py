"""Loops over channels and writes instead of adding: the last one stays."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    N, C, H, W = xp.shape
    F, _, HH, WW = w.shape
    out = np.zeros((N, F, (H - HH) // s + 1, (W - WW) // s + 1), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        out[n, f, i, j] = np.sum(xp[n, 0, i * s : i * s + HH, j * s : j * s + WW] * w[f, 0]) + b[f]
    return out, (x, w, b, conv_param)
