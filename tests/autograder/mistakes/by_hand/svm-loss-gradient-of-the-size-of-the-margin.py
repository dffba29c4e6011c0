"""Multiplies by the margin in the gradient."""

import numpy as np


def svm_loss(x, y):
    N = len(y)
    right = x[np.arange(N), y]
    m = (x.T - right + 1).T
    m[np.arange(N), y] = 0
    m[m < 0] = 0
    d = m / N
    d[np.arange(N), y] -= m.sum(axis=1) / N
    return m.sum() / N, d
