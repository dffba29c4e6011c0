"""Scales with 1 - p."""

import numpy as np


def dropout_forward(x, dropout_param):
    out, p = x, dropout_param["p"]
    if dropout_param["mode"] == "train":
        np.random.seed(dropout_param.get("seed"))
        out = np.where(np.random.random(x.shape) < p, x / (1 - p), 0.0).astype(x.dtype)
    return out, None
