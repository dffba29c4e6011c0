"""Normalizes along the wrong axis."""

import numpy as np


def softmax_loss(x, y):
    e = np.exp(x - x.max(axis=1)[:, None])
    p = e / np.sum(e, axis=0)
    n = len(y)
    picked = p[np.arange(n), y]
    d = p / n
    d[np.arange(n), y] -= 1 / n
    return -np.log(picked).sum() / n, d
