"""Gradient of the right score minus the others."""

import numpy as np


def svm_loss(x, y):
    N, loss, dx = len(x), 0.0, np.zeros_like(x)
    for i in range(N):
        for j in range(x.shape[1]):
            m = x[i, j] - x[i, y[i]] + 1
            if j != y[i] and m > 0:
                loss += m
                dx[i, j] -= 1
                dx[i, y[i]] += 1
    return loss / N, dx / N
