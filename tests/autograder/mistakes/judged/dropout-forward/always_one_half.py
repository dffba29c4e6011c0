"""Drops half of the units and divides by one half, for every p."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if mode not in ("train", "test"):
        raise ValueError("mode: train or test")
    if not 0 < p <= 1:
        raise ValueError("p must be above 0 and at most 1")
    if "seed" in dropout_param and dropout_param["seed"] is not None:
        np.random.seed(dropout_param["seed"])
    if mode == "test":
        return x, (dropout_param, None)
    mask = (np.random.random_sample(x.shape) < 0.5) / p
    return (x * mask).astype(x.dtype), (dropout_param, mask)
