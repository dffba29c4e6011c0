"""A mask for one example, used for all."""

import numpy as np


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] != "train":
        return x, None
    np.random.seed(dropout_param.get("seed"))
    mask = np.random.binomial(1, dropout_param["p"], x.shape[1:]) / dropout_param["p"]
    return (x * mask[None]).astype(x.dtype), mask
