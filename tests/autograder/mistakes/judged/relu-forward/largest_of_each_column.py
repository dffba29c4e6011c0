"""Uses np.max instead of np.maximum."""

import numpy as np


def relu_forward(x):
    out = np.max(x, 0)
    cache = x
    return out, cache
