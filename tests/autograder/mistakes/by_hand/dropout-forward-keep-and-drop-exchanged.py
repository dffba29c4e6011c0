"""np.where on a draw from a generator of its own."""

import numpy as np


def dropout_forward(x, dropout_param):
    keep = dropout_param["p"]
    rng = np.random.RandomState(dropout_param.get("seed"))
    if dropout_param["mode"] != "train":
        return x, None
    draw = rng.random_sample(x.shape)
    mask = np.where(draw >= keep, 1.0 / keep, 0.0)
    return (mask * x).astype(x.dtype), mask
