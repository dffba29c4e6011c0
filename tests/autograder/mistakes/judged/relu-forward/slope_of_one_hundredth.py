"""Uses the variant with a small slope."""

import numpy as np


def relu_forward(x):
    out = np.where(x < 0, 0.01 * x, x)
    return out, x
