"""One product at a time, a convolution as in signal processing."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    ho, wo = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), x.dtype)
    xp[:, :, p : p + H, p : p + W] = x
    out = np.zeros((N, F, ho, wo), x.dtype)
    for i in range(ho):
        for j in range(wo):
            for k in range(HH):
                for m in range(WW):
                    out[:, :, i, j] += xp[:, :, i * s + k, j * s + m] @ w[:, :, HH - 1 - k, WW - 1 - m].T
    return out + b.reshape(1, F, 1, 1), (x, w, b, conv_param)
