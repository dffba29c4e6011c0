"""Sums the gradient after multiplying it by gamma."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    std = np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
    hat = (x - x.mean(0)) / std
    return gamma * hat + beta, (hat, std, gamma)


def batchnorm_backward(dout, cache):
    hat, std, gamma = cache
    dhat = dout * gamma
    dbeta = dhat.sum(0)
    dx = (dhat - dhat.mean(0) - hat * (dhat * hat).mean(0)) / std
    return dx, (dout * hat).sum(0), dbeta
