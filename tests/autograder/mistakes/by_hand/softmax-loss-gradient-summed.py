"""An example at a time."""

import numpy as np


def softmax_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for i, (scores, label) in enumerate(zip(x, y, strict=True)):
        e = np.exp(scores - np.max(scores))
        loss += np.log(e.sum()) - scores[label] + np.max(scores)
        dx[i] = e / e.sum()
        dx[i, label] -= 1
    return loss / len(x), dx
