"""im2col by hand."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    F, C, HH, WW = w.shape
    ho, wo = (xp.shape[2] - HH) // s + 1, (xp.shape[3] - WW) // s + 1
    columns = [xp[:, :, i * s : i * s + HH, j * s : j * s + WW].reshape(len(x), -1) for i in range(ho) for j in range(wo)]
    out = np.stack(columns, axis=2).transpose(0, 2, 1) @ w.reshape(F, -1).T
    return out.transpose(0, 2, 1).reshape(len(x), F, ho, wo), (x, w, b, conv_param)
