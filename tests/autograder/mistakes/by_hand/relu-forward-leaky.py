"""np.where with another slope."""

import numpy as np


def relu_forward(x):
    return np.where(x > 0, x, 0.05 * x), x
