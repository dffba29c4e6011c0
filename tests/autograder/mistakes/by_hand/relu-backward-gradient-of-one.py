"""The slope of a step function."""

import numpy as np


def relu_forward(x):
    return np.where(x < 0, 0, x), np.heaviside(x, 0)


def relu_backward(dout, cache):
    return cache
