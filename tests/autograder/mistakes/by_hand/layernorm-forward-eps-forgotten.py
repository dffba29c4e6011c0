"""numpy's standard deviation."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    hat = (x - np.mean(x, axis=1, keepdims=True)) / np.std(x, axis=1, keepdims=True)
    return hat * gamma + beta, hat
