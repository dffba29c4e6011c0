"""Draws the mask with a binomial."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if mode == "test":
        return x, None
    mask = np.random.binomial(1, p, size=x.shape)
    return (x * mask).astype(x.dtype), mask
