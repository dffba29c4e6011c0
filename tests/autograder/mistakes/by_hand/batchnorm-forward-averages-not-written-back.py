"""Keeps the averages in local names."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if mode == "train":
        mu = 1 / N * np.sum(x, axis=0)
        xmu = x - mu
        var = 1 / N * np.sum(xmu**2, axis=0)
        running_mean = momentum * running_mean + (1.0 - momentum) * mu
        running_var = momentum * running_var + (1.0 - momentum) * var
        return gamma * (xmu / np.sqrt(var + eps)) + beta, (xmu, var, gamma)
    return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta, None
