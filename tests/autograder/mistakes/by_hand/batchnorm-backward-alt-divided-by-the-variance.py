"""The prefactor lacks the root."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    var = np.var(x, 0) + bn_param.get("eps", 1e-5)
    hat = (x - np.mean(x, 0)) / np.sqrt(var)
    return hat * gamma + beta, {"hat": hat, "var": var, "gamma": gamma}


def batchnorm_backward_alt(dout, cache):
    hat, var, gamma = cache["hat"], cache["var"], cache["gamma"]
    N = len(hat)
    dx = gamma / (N * var) * (N * dout - np.sum(dout, axis=0) - hat * np.sum(dout * hat, axis=0))
    return dx, np.sum(dout * hat, axis=0), np.sum(dout, axis=0)
