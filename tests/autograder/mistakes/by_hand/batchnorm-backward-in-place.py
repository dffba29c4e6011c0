"""Subtracts in place, in dout."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    std = np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
    hat = (x - x.mean(0)) / std
    return gamma * hat + beta, (hat, std, gamma)


def batchnorm_backward(dout, cache):
    hat, std, gamma = cache
    dgamma, dbeta, N = (dout * hat).sum(0), dout.sum(0), len(dout)
    dout -= dbeta / N
    dout -= hat * dgamma / N
    dout *= gamma / std
    return dout, dgamma, dbeta
