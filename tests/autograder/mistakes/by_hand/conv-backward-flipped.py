"""dx as a full correlation with the filters as they are; zeros in between for larger strides."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, param = cache
    s, p = param["stride"], param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dw = np.zeros_like(w)
    wide = np.zeros((N, F, xp.shape[2] + HH - 1, xp.shape[3] + WW - 1))
    for i, j in np.ndindex(*dout.shape[2:]):
        dw += np.tensordot(dout[:, :, i, j], xp[:, :, i * s : i * s + HH, j * s : j * s + WW], (0, 0))
        wide[:, :, HH - 1 + i * s, WW - 1 + j * s] = dout[:, :, i, j]
    dxp = np.zeros_like(xp)
    for i, j in np.ndindex(*xp.shape[2:]):
        dxp[:, :, i, j] = np.einsum("nfij,fcij->nc", wide[:, :, i : i + HH, j : j + WW], w)
    return dxp[:, :, p : p + H, p : p + W], dw, dout.sum((0, 2, 3))
