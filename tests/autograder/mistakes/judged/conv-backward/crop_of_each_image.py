"""Crops image by image into an array made beforehand."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N = x.shape[0]
    F, _, HH, WW = w.shape
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    db = np.sum(np.sum(np.sum(dout, 3), 2), 0)
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    for n in range(N):
        dxp = np.zeros_like(xp[n])
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows = slice(i * stride, i * stride + HH)
                    cols = slice(j * stride, j * stride + WW)
                    dw[f] += xp[n, :, rows, cols] * dout[n, f, i, j]
                    dxp[:, rows, cols] += w[f] * dout[n, f, i, j]
        dx[n] = dxp[:, pad:-pad, pad:-pad]
    return dx, dw, db
