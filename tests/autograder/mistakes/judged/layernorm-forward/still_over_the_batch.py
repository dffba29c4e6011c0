"""Copies batch normalization and removes the running averages."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=0)
    xc = x - mu
    sigma = np.sqrt(np.mean(xc**2, axis=0) + eps)
    xn = xc / sigma
    return (gamma * xn + beta).astype(x.dtype), (xn, sigma, gamma)
