"""Windows of the image without padding."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, param = cache
    s, p = param["stride"], param["pad"]
    dw = np.zeros_like(w)
    dxp = np.zeros((*x.shape[:2], x.shape[2] + 2 * p, x.shape[3] + 2 * p))
    for n, f, i, j in np.ndindex(*dout.shape):
        rows, cols = slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3])
        window = x[n, :, rows, cols]
        dw[f, :, : window.shape[1], : window.shape[2]] += window * dout[n, f, i, j]
        dxp[n, :, rows, cols] += w[f] * dout[n, f, i, j]
    return dxp[:, :, p : p + x.shape[2], p : p + x.shape[3]], dw, dout.sum((0, 2, 3))
