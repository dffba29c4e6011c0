"""A seed with a default."""

import numpy as np


def dropout_forward(x, dropout_param):
    rng = np.random.RandomState(dropout_param.get("seed", 231))
    if dropout_param["mode"] == "train":
        mask = rng.rand(*x.shape) < dropout_param["p"]
        return (x * mask / dropout_param["p"]).astype(x.dtype), mask
    return x, None
