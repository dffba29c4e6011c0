"""Starts from a copy and sets entries to zero."""

import numpy as np


def dropout_forward(x, dropout_param):
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    out = x.copy()
    if dropout_param["mode"] == "train":
        p = dropout_param["p"]
        dropped = np.random.uniform(size=x.shape) < p
        out[dropped] = 0
        out /= 1 - p
        return out, dropped
    return out, None
