"""Counts windows with ceil; those at the edge are smaller."""

import math

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    N, C, H, W = xp.shape
    F, _, HH, WW = w.shape
    rows, cols = math.ceil((H - HH) / stride) + 1, math.ceil((W - WW) / stride) + 1
    out = np.zeros((N, F, rows, cols), x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(rows):
                for j in range(cols):
                    out[n, f, i, j] = (xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] * w[f]).sum() + b[f]
    return out, (x, w, b, conv_param)
