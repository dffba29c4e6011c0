"""Subtracts the mean of the gradient and stops."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    std = np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
    return (x - x.mean(0)) / std * gamma + beta, (x, std, gamma)


def batchnorm_backward(dout, cache):
    x, std, gamma = cache
    direct = dout * gamma / std
    return direct - direct.mean(axis=0), np.sum(dout * (x - x.mean(0)) / std, 0), np.sum(dout, 0)
