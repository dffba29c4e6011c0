"""Keeps a boolean mask."""

import numpy as np


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    kept = np.ones(x.shape, bool)
    out = x
    if dropout_param["mode"] == "train":
        kept = np.random.uniform(0, 1, x.shape) < p
        out = np.where(kept, x, 0) / p
    return out, kept


def dropout_backward(dout, cache):
    dx = dout.copy()
    dx[~cache] = 0
    return dx
