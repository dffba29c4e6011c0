"""Four loops; the windows of dx start at i and j."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad = np.zeros(x_pad.shape)
    dw, db = np.zeros(w.shape), np.zeros(F)
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    db[f] += dout[n, f, i, j]
                    dw[f] += dout[n, f, i, j] * x_pad[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
                    dx_pad[n, :, i : i + HH, j : j + WW] += dout[n, f, i, j] * w[f]
    return dx_pad[:, :, pad : H + pad, pad : W + pad], dw, db
