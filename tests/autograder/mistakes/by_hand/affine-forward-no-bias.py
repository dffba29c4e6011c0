"""Dot products of rows and columns; b is only put into the cache."""

import numpy as np


def affine_forward(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]), x.dtype)
    for n in range(len(x)):
        for m in range(w.shape[1]):
            out[n, m] = np.dot(x[n].ravel(), w[:, m])
    return out, (x, w, b)
