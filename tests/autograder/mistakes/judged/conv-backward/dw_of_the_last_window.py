"""Forgets one of the two plus signs."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    F, C, HH, WW = w.shape
    H, W = x.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            patch = xp[:, :, i * s : i * s + HH, j * s : j * s + WW]
            dw = np.tensordot(dout[:, :, i, j], patch, axes=(0, 0))
            dxp[:, :, i * s : i * s + HH, j * s : j * s + WW] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
    return dxp[:, :, p : p + H, p : p + W], dw, dout.sum(axis=(0, 2, 3))
