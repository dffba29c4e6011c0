"""Hinge with a square, its gradient without."""

import numpy as np


def svm_loss(x, y):
    n = np.arange(len(y))
    hinge = np.clip(x - x[n, y].reshape(-1, 1) + 1, 0, None)
    hinge[n, y] = 0
    active = np.sign(hinge)
    active[n, y] = -active.sum(1)
    return np.mean(np.sum(np.square(hinge), 1)), active / len(y)
