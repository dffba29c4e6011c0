"""Minus one."""

import numpy as np


def svm_loss(x, y):
    N, loss, dx = len(x), 0.0, np.zeros_like(x)
    for i in range(N):
        slack = np.maximum(0, x[i] - x[i, y[i]] - 1)
        slack[y[i]] = 0
        loss += slack.sum()
        dx[i] = slack > 0
        dx[i, y[i]] = -(slack > 0).sum()
    return loss / N, dx / N
