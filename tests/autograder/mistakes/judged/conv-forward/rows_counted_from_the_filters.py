"""Computes the size of the output from the number of filters."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    if HH > H + 2 * pad or WW > W + 2 * pad:
        raise ValueError("filter too large")
    H_out = int(1 + (H + 2 * pad - F) / stride)
    W_out = int(1 + (W + 2 * pad - F) / stride)
    out = np.zeros((N, F, H_out, W_out))
    xp = np.pad(x, ((0,), (0,), (pad,), (pad,)), "constant")
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = xp[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out.astype(x.dtype), (x, w, b, conv_param)
