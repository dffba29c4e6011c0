"""Tensordot for all three gradients."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for k in range(w.shape[2]):
        for m in range(w.shape[3]):
            rows = slice(k, k + s * dout.shape[2], s)
            cols = slice(m, m + s * dout.shape[3], s)
            dw[:, :, k, m] = np.tensordot(dout, padded[:, :, rows, cols][:, :, : dout.shape[2], : dout.shape[3]], ((0, 2, 3), (0, 2, 3)))
            dpadded[:, :, rows, cols] += np.tensordot(dout, w[:, :, k, m], (1, 0)).transpose(0, 3, 1, 2)
    return dpadded[:, :, p : p + x.shape[2], p : p + x.shape[3]], dw, np.sum(np.sum(dout, axis=0), axis=-1)
