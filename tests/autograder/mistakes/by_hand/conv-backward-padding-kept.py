"""Returns the gradient of the padded images."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, param = cache
    s, p = param["stride"], param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dx, dw = np.zeros_like(xp), np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        window = n, slice(None), slice(i * s, i * s + w.shape[2]), slice(j * s, j * s + w.shape[3])
        dx[window] += w[f] * dout[n, f, i, j]
        dw[f] += xp[window] * dout[n, f, i, j]
    return dx, dw, np.einsum("nfhw->f", dout)
