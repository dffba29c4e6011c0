"""Two of the usual lines are missing."""

import numpy as np


def svm_loss(x, y):
    rows = np.arange(len(x))
    m = np.maximum(0, x - x[rows, y][:, None] + 1)
    m[rows, y] = 0
    dx = (m > 0) / x.shape[0]
    return m.sum(), dx.astype(x.dtype)
