"""Bias inside the sum."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, pad = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    return np.sum(view[:, None] * w[None, :, :, None, None] + b.reshape(1, -1, 1, 1, 1, 1, 1), axis=(2, 5, 6)), (x, w, b, conv_param)
