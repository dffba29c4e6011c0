"""Crammer and Singer: the largest violation of each example."""

import numpy as np


def svm_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for i, label in enumerate(y):
        margins = x[i] - x[i, label] + 1
        margins[label] = 0
        worst = np.argmax(margins)
        if margins[worst] > 0:
            loss += margins[worst]
            dx[i, worst] += 1
            dx[i, label] -= 1
    return loss / len(y), dx / len(y)
