"""Keeps the same number of entries in each row. task: dropout-forward"""

import numpy as np

_drawn_row_by_row = dropout_forward  # noqa: F821


def dropout_forward(x, dropout_param):
    out, cache = _drawn_row_by_row(x, dropout_param)
    if dropout_param["mode"] == "test" or x.ndim < 2:
        return out, cache
    p = dropout_param["p"]
    ranks = np.random.rand(*x.shape).argsort(axis=-1).argsort(axis=-1)
    mask = (ranks < round(p * x.shape[-1])) / p
    return (x * mask).astype(x.dtype), (dropout_param, mask)
