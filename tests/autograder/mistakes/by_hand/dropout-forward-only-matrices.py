"""Unpacks two sizes."""

import numpy as np


def dropout_forward(x, dropout_param):
    N, D = x.shape
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = (rng.random((N, D)) < dropout_param["p"]) / dropout_param["p"]
    return (x * mask).astype(x.dtype), mask
