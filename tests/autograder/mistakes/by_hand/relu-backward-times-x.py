"""Keeps its output and multiplies by it."""

import numpy as np


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, out


def relu_backward(dout, cache):
    return np.multiply(cache, dout)
