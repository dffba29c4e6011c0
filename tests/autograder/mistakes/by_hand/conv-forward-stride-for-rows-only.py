"""Two loops over positions, one with a step."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    F, _, HH, WW = w.shape
    ho, wo = (xp.shape[2] - HH) // s + 1, (xp.shape[3] - WW) // s + 1
    out = np.zeros((len(x), F, ho, wo), x.dtype)
    for i, top in enumerate(range(0, ho * s, s)):
        for left in range(wo):
            window = xp[:, :, top : top + HH, left : left + WW].reshape(len(x), -1)
            out[:, :, i, left] = window @ w.reshape(F, -1).T + b
    return out, (x, w, b, conv_param)
