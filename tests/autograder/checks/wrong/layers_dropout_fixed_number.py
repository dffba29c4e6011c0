"""Keeps exactly the expected number of entries. task: dropout-forward"""

import numpy as np

_drawn_one_by_one = dropout_forward  # noqa: F821


def dropout_forward(x, dropout_param):
    out, cache = _drawn_one_by_one(x, dropout_param)
    if dropout_param["mode"] == "test":
        return out, cache
    p = dropout_param["p"]
    kept = np.random.permutation(x.size) < round(p * x.size)
    mask = kept.reshape(x.shape) / p
    return (x * mask).astype(x.dtype), (dropout_param, mask)
