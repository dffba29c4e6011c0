"""Adds the bias in a line whose result is not kept."""

import numpy as np


def affine_forward(x, w, b):
    num_train = x.shape[0]
    out = np.dot(x.reshape((num_train, -1)), w)
    out + b
    return out, (x, w, b)
