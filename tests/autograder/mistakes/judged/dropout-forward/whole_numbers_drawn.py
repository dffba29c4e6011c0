"""Draws whole numbers below one."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if mode not in ("train", "test"):
        raise ValueError("mode: train or test")
    if not 0 < p <= 1:
        raise ValueError("p must be above 0 and at most 1")
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = x
    if mode == "train":
        mask = np.random.randint(0, 1, x.shape) / p
        out = x * mask
    return out.astype(x.dtype), (dropout_param, mask)
