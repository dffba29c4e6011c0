"""Clips scores at about ten thousand. task: softmax-loss"""

import numpy as np

_of_any_scores = softmax_loss  # noqa: F821


def softmax_loss(x, y):
    return _of_any_scores(np.clip(x, -10001, 10001), y)
