"""randn for rand, with a mask of booleans."""

import numpy as np


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "train":
        kept = np.random.normal(size=x.shape) < p
        return np.where(kept, x / p, 0).astype(x.dtype), kept
    return x, None
