"""np.ones for np.zeros."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    xp = np.ones((N, C, H + 2 * p, W + 2 * p), x.dtype)
    xp[:, :, p : p + H, p : p + W] = x
    ho, wo = 1 + (H + 2 * p - w.shape[2]) // s, 1 + (W + 2 * p - w.shape[3]) // s
    out = np.empty((N, len(w), ho, wo), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        out[n, f, i, j] = np.vdot(xp[n, :, i * s : i * s + w.shape[2], j * s : j * s + w.shape[3]], w[f]) + b[f]
    return out, (x, w, b, conv_param)
