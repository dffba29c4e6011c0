"""The size of the output is that of stride one; the windows move by the stride."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    if HH > H + 2 * pad or WW > W + 2 * pad:
        raise ValueError("filter too large")
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H + 2 * pad - HH + 1, W + 2 * pad - WW + 1), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    top, left = i * stride, j * stride
                    out[n, f, i, j] = np.sum(xp[n, :, top : top + HH, left : left + WW] * w[f]) + b[f]
    return out, (x, w, b, conv_param)
