"""Einsum with the letter of the filters left out of the result."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    views = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    summed = np.einsum("nchwij,fcij->nhw", views, w)
    return np.repeat(summed[:, None], len(w), axis=1) + b[:, None, None], (x, w, b, conv_param)
