"""One size for both sides of the filter."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, param = cache
    s, p, k = param["stride"], param["pad"], w.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        place = n, slice(None), slice(i * s, i * s + k), slice(j * s, j * s + k)
        dw[f] += xp[place] * dout[n, f, i, j]
        dxp[place] += w[f] * dout[n, f, i, j]
    return dxp[:, :, p : p + x.shape[2], p : p + x.shape[3]], dw, dout.sum((0, 2, 3))
