"""The cache keeps the inverse standard deviation; the gradient stops there."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mu = x.mean(axis=0)
    ivar = 1.0 / np.sqrt(x.var(axis=0) + bn_param.get("eps", 1e-5))
    xhat = (x - mu) * ivar
    return gamma * xhat + beta, {"xhat": xhat, "ivar": ivar, "gamma": gamma}


def batchnorm_backward(dout, cache):
    xhat, ivar = cache["xhat"], cache["ivar"]
    dxhat = dout * cache["gamma"]
    dxmu = dxhat * ivar
    dmu = -np.sum(dxmu, axis=0)
    dx = dxmu + np.ones_like(dout) * dmu / len(dout)
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
