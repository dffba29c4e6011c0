"""Keeps at least a fifth of the entries. task: dropout-forward"""

import numpy as np

_any_p = dropout_forward  # noqa: F821


def dropout_forward(x, dropout_param):
    out, cache = _any_p(x, dropout_param)
    if dropout_param["mode"] == "test":
        return out, cache
    mask = (np.random.rand(*x.shape) < max(dropout_param["p"], 0.2)) / dropout_param["p"]
    return (x * mask).astype(x.dtype), (dropout_param, mask)
