"""np.sum instead of np.mean."""

import numpy as np


def softmax_loss(x, y):
    z = x - x.max(axis=1, keepdims=True)
    lse = np.log(np.exp(z).sum(axis=1))
    loss = np.sum(lse - z[np.arange(len(y)), y])
    d = np.exp(z - lse[:, None])
    d[np.arange(len(y)), y] -= 1
    return loss, d / len(y)
