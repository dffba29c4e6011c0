"""Never seeds, and scales in test mode as the first paper did."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if mode not in ("train", "test"):
        raise ValueError("mode: train or test")
    if not 0 < p <= 1:
        raise ValueError("p must be above 0 and at most 1")
    if mode == "test":
        return (x * p).astype(x.dtype), (dropout_param, None)
    mask = (np.random.rand(*x.shape) < p) / p
    return (x * mask).astype(x.dtype), (dropout_param, mask)
