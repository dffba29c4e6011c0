"""1e-5 in the code."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    hat = (x - np.mean(x, axis=1, keepdims=True)) / (np.var(x, axis=1, keepdims=True) + 1e-5) ** 0.5
    return hat * gamma + beta, hat
