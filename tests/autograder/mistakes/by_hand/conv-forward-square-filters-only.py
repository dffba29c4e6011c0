"""Uses one side of the filter for both, with tensordot."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    size = w.shape[2]
    h, v = (xp.shape[2] - size) // stride + 1, (xp.shape[3] - size) // stride + 1
    out = np.zeros((x.shape[0], w.shape[0], h, v), x.dtype)
    for i in range(h):
        for j in range(v):
            window = xp[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            out[:, :, i, j] = np.tensordot(window, w, axes=((1, 2, 3), (1, 2, 3)))
    return out + b[:, None, None], (x, w, b, conv_param)
