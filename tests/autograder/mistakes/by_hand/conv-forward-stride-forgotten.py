"""One matrix product per window."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], mode="constant")
    HH, WW = w.shape[2:]
    rows = (padded.shape[2] - HH) // stride + 1
    cols = (padded.shape[3] - WW) // stride + 1
    filters = w.reshape(len(w), -1)
    out = np.empty((len(x), len(w), rows, cols), x.dtype)
    for r in range(rows):
        for c in range(cols):
            out[:, :, r, c] = padded[:, :, r : r + HH, c : c + WW].reshape(len(x), -1) @ filters.T + b
    return out, (x, w, b, conv_param)
