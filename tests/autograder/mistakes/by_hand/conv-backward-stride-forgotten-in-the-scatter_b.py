"""Windows of dx and of x without the stride."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, param = cache
    s, p = param["stride"], param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    HH, WW = w.shape[2:]
    for n, f, i, j in np.ndindex(*dout.shape):
        dw[f] += dout[n, f, i, j] * xp[n, :, i : i + HH, j : j + WW]
        dxp[n, :, i : i + HH, j : j + WW] += dout[n, f, i, j] * w[f]
    return dxp[:, :, p : p + x.shape[2], p : p + x.shape[3]], dw, dout.sum((0, 2, 3))
