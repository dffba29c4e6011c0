"""Subtracts eps where it should be added."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    var = x.var(axis=0)
    xhat = (x - x.mean(axis=0)) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, var, eps, gamma)


def batchnorm_backward_alt(dout, cache):
    xhat, var, eps, gamma = cache
    m = dout.shape[0]
    dbeta, dgamma = dout.sum(axis=0), (dout * xhat).sum(axis=0)
    dx = gamma / m / np.sqrt(np.abs(var - eps)) * (m * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
