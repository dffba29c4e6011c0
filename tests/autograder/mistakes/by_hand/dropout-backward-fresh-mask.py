"""Keeps only the probability."""

import numpy as np


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] == "test":
        return x, (1.0, "test")
    p = dropout_param["p"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    return x * (np.random.rand(*x.shape) < p) / p, (p, "train")


def dropout_backward(dout, cache):
    p, mode = cache
    return dout * (np.random.rand(*dout.shape) < p) / p if mode == "train" else dout
