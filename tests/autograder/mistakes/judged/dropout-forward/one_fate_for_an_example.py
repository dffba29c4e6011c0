"""Draws a number for each example and lets broadcasting do the rest."""

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
        return x, (dropout_param, None)
    keep = np.random.rand(x.shape[0]) < p
    mask = keep.reshape((-1,) + (1,) * (x.ndim - 1)) / p * np.ones(x.shape)
    return (x * mask).astype(x.dtype), (dropout_param, mask)
