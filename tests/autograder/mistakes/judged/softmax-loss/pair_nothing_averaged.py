"""Uses the formula for one example."""

import numpy as np


def softmax_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for i, row in enumerate(x):
        row = row - row.max()
        p = np.exp(row) / np.exp(row).sum()
        loss += np.log(np.exp(row).sum()) - row[y[i]]
        dx[i] = p
        dx[i, y[i]] -= 1
    return loss, dx
