"""Divides all parameter gradients by the batch: dw by hand, db summed."""

import numpy as np


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    dw = np.dot(x.reshape(N, -1).T, dout) / N
    return np.dot(dout, w.T).reshape(*x.shape), dw, np.ones(N) @ dout
