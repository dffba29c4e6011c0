"""Keeps the mask of the last forward pass in the module. task: relu-backward, edge"""

import numpy as np

_kept = {}


def relu_forward(x):
    _kept["mask"] = x > 0
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * _kept["mask"]
