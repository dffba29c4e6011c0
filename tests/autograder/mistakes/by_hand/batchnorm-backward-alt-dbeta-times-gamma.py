"""Multiplies by gamma first and uses that gradient everywhere."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    inv = 1 / np.sqrt(np.var(x, axis=0) + bn_param.get("eps", 1e-5))
    hat = (x - np.mean(x, axis=0)) * inv
    return hat * gamma + beta, (hat, inv, gamma)


def batchnorm_backward_alt(dout, cache):
    hat, inv, gamma = cache
    g = gamma * dout
    dx = inv * (g - g.mean(0) - hat * (g * hat).mean(0))
    return dx, np.sum(dout * hat, axis=0), np.sum(g, axis=0)
