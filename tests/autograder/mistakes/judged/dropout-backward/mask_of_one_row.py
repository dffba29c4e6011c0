"""Draws a mask for one example and uses it for all, in both directions."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    if mode == "test":
        return x, (mode, None)
    mask = (np.random.rand(x.shape[-1]) < p) / p
    return x * mask, (mode, mask)


def dropout_backward(dout, cache):
    mode, mask = cache
    return dout if mode == "test" else dout * mask
