"""Goes from the divisor back to the variance as if they were equal."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    diff = x - x.mean(axis=0)
    std = np.sqrt((diff * diff).mean(axis=0) + bn_param.get("eps", 1e-5))
    return gamma * diff / std + beta, (diff, std, gamma)


def batchnorm_backward(dout, cache):
    diff, std, gamma = cache
    N = len(dout)
    dnorm = gamma * dout
    dstd = np.sum(dnorm * diff * (-1 / std**2), axis=0)
    ddiff = dnorm / std + np.tile(dstd, (N, 1)) * 2 / N * diff
    dx = ddiff - np.tile(ddiff.sum(axis=0) / N, (N, 1))
    return dx, np.sum(dout * diff / std, axis=0), np.sum(dout, axis=0)
