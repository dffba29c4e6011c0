"""The backward pass divides by the plain standard deviation everywhere."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    xhat = (x - x.mean(0)) / np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
    return gamma * xhat + beta, (x, xhat, gamma)


def batchnorm_backward(dout, cache):
    x, xhat, gamma = cache
    N = len(x)
    mu, var = x.mean(axis=0), x.var(axis=0)
    dxhat = dout * gamma
    dvar = (dxhat * (x - mu)).sum(0) * -0.5 / var**1.5
    dmu = (-dxhat / np.sqrt(var)).sum(0) + dvar * (-2 * (x - mu)).sum(0) / N
    dx = dxhat / np.sqrt(var) + dvar * 2 * (x - mu) / N + dmu / N
    return dx, (dout * xhat).sum(0), dout.sum(0)
