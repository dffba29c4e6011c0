"""Outer products with the factors exchanged."""

import numpy as np


def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(len(x), -1)
    dw = sum(np.outer(up, row) for up, row in zip(dout, flat, strict=True))
    return np.tensordot(dout, w, (1, 1)).reshape(x.shape), dw, dout.T.sum(axis=1)
