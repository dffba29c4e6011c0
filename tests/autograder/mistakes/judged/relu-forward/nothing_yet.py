"""Only allocates the output."""

import numpy as np


def relu_forward(x):
    out = np.zeros(x.shape)
    cache = x
    return out, cache
