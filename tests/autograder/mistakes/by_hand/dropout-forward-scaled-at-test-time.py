"""Scales in both modes, as in the paper and as in the docstring."""

import numpy as np


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    if dropout_param.get("seed"):
        np.random.seed(dropout_param["seed"])
    mask = np.random.random_sample(x.shape) < p if dropout_param["mode"] == "train" else None
    out = x * p if mask is None else np.where(mask, x / p, 0)
    return np.asarray(out, dtype=x.dtype), mask
