"""A colon instead of a range."""

import numpy as np


def softmax_loss(x, y):
    z = x - np.max(x, axis=1).reshape(-1, 1)
    e = np.exp(z)
    p = e / e.sum(1).reshape(-1, 1)
    loss = np.mean(np.log(e.sum(1)) - z[np.arange(len(y)), y])
    p[:, y] -= 1
    return loss, p / len(y)
