"""np.max without an axis."""

import numpy as np


def softmax_loss(x, y):
    z = x - np.max(x)
    total = np.exp(z).sum(axis=1)
    loss = 0
    for i in range(len(y)):
        loss += np.log(total[i]) - z[i, y[i]]
    p = np.exp(z) / total[:, None]
    p[range(len(y)), y] -= 1
    return loss / len(y), p / len(y)
