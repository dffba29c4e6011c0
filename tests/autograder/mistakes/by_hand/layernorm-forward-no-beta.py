"""Scales only."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    mu = np.mean(x, -1).reshape(-1, 1)
    var = np.var(x, -1).reshape(-1, 1)
    return (x - mu) * gamma / np.sqrt(var + ln_param.get("eps", 1e-5)), (x, mu, var)
