"""Uses the same random number for two neighbours. task: dropout-forward"""

import numpy as np

_one_by_one = dropout_forward  # noqa: F821


def dropout_forward(x, dropout_param):
    out, cache = _one_by_one(x, dropout_param)
    if dropout_param["mode"] == "test":
        return out, cache
    p = dropout_param["p"]
    mask = (np.repeat(np.random.rand(x.size // 2 + 1), 2)[: x.size].reshape(x.shape) < p) / p
    return (x * mask).astype(x.dtype), (dropout_param, mask)
