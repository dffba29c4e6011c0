"""The forward pass also applies the ReLU of the layer before it."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    out, mask = np.maximum(0, x), None
    if mode == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        out = out * mask
    return out, (dropout_param, mask)
