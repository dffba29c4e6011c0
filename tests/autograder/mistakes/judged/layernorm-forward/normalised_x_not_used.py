"""Assigns to a name that is not read again."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mean = np.mean(x, axis=1, keepdims=True)
    std = np.sqrt(np.var(x, axis=1, keepdims=True) + eps)
    x_norm = (x - mean) / std
    out = x * gamma + beta
    return out.astype(x.dtype), (x_norm, std, gamma)
