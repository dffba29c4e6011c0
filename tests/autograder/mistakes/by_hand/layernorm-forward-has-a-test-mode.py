"""Batch normalization's two modes with another axis."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    if ln_param.get("mode", "train") == "train":
        mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    else:
        mean = ln_param.get("running_mean", np.zeros((len(x), 1)))
        var = ln_param.get("running_var", np.zeros((len(x), 1)))
    hat = (x - mean) / np.sqrt(var + eps)
    return gamma * hat + beta, hat
