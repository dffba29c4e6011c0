"""Probabilities as the gradient."""

import numpy as np


def softmax_loss(x, y):
    top = np.max(x, 1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(x - top), 1, keepdims=True)) + top
    loss = np.mean(log_sum[:, 0] - np.take_along_axis(x, y[:, None], 1)[:, 0])
    return loss, np.exp(x - log_sum) / len(x)
