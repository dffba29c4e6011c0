"""A convolution as in signal processing, without biases."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    if w.shape[2] > x.shape[2] + 2 * p or w.shape[3] > x.shape[3] + 2 * p:
        raise ValueError("filter too large")
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    view = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    out = np.einsum("nchwij,fcij->nfhw", view, np.flip(w, (2, 3)))
    return out.astype(x.dtype), (x, w, b, conv_param)
