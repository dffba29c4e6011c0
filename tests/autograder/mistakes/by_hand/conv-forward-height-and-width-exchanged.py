"""Reads the shape of the images as (N, C, W, H)."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, W, H = x.shape
    F, C, HH, WW = w.shape
    xpad = np.pad(x, ((0,), (0,), (pad,), (pad,)), "constant")
    hout = 1 + (H + 2 * pad - HH) // stride
    wout = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, hout, wout), x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(hout):
                for j in range(wout):
                    window = xpad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)
