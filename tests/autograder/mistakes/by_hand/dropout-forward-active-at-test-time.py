"""One path for both modes."""

import numpy as np


def dropout_forward(x, dropout_param):
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = (rng.random(x.shape) <= dropout_param["p"]).astype(x.dtype)
    mask /= dropout_param["p"]
    return x * mask, {"mask": mask}
