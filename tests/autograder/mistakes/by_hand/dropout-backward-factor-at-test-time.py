"""Divides by p in both modes."""

import numpy as np


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    np.random.seed(dropout_param.get("seed"))
    mask = np.random.random(x.shape) < p if dropout_param["mode"] == "train" else np.ones(x.shape, bool)
    return (x * mask / p if dropout_param["mode"] == "train" else x), (mask, p)


def dropout_backward(dout, cache):
    mask, p = cache
    return dout * mask / p
