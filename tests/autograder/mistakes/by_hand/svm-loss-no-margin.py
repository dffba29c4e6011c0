"""A perceptron's loss in loops."""

import numpy as np


def svm_loss(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for i in range(len(x)):
        for j in set(range(x.shape[1])) - {int(y[i])}:
            violation = x[i, j] - x[i, y[i]]
            if violation > 0:
                loss, dx[i, j], dx[i, y[i]] = loss + violation, dx[i, j] + 1, dx[i, y[i]] - 1
    return loss / len(x), dx / len(x)
