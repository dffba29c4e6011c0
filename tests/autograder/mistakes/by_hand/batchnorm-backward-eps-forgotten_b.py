"""A cache with the variance and no eps; the forward pass has it."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + bn_param.get("eps", 1e-5))
    return gamma * xhat + beta, (xhat, var, gamma)


def batchnorm_backward(dout, cache):
    xhat, var, gamma = cache
    g = dout * gamma
    dx = (g - g.mean(0) - xhat * (g * xhat).mean(0)) / np.sqrt(var)
    return dx, (dout * xhat).sum(0), dout.sum(0)
