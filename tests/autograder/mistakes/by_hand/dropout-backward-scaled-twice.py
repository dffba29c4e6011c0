"""Scales the mask, and again on the way back."""

import numpy as np


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    np.random.seed(dropout_param.get("seed"))
    scaled = (np.random.random(x.shape) < p) / p if dropout_param["mode"] == "train" else None
    return (x if scaled is None else x * scaled), (scaled, p)


def dropout_backward(dout, cache):
    scaled, p = cache
    return dout if scaled is None else dout * scaled / p
