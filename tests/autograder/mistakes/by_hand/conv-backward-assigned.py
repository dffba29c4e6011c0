"""Sums over the filters first, then writes each window."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, param = cache
    s, p = param["stride"], param["pad"]
    _, _, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = s * i, s * j
            g = dout[:, :, i, j]
            window = xp[:, :, top : top + w.shape[2], left : left + w.shape[3]]
            dw += (g.T @ window.reshape(len(x), -1)).reshape(w.shape)
            dxp[:, :, top : top + w.shape[2], left : left + w.shape[3]] = (g @ w.reshape(len(w), -1)).reshape(window.shape)
    return dxp[:, :, p : p + H, p : p + W], dw, dout.sum((0, 2, 3))
