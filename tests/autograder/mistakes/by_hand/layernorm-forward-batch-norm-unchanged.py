"""Copied from batch normalization, without its modes."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu, var = np.mean(x, 0), np.var(x, 0)
    xhat = (x - mu) / np.sqrt(var + eps)
    return xhat * gamma + beta, (x, mu, var, xhat, gamma)
