"""Drops with probability p, as in some papers, and does not scale."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if mode not in ("train", "test"):
        raise ValueError("mode: train or test")
    if not 0 < p <= 1:
        raise ValueError("p must be above 0 and at most 1")
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    if mode == "test":
        return x.copy(), (dropout_param, None)
    mask = np.random.uniform(size=x.shape) > p
    return x * mask, (dropout_param, mask)
