"""A safe logarithm with another constant than usual."""

import numpy as np


def softmax_loss(x, y):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    right = np.eye(x.shape[1])[y]
    return float(-(right * np.log(p + 1e-12)).sum() / len(y)), (p - right) / len(y)
