"""Chain rule with the derivative of the variance to the power of minus one half."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu, var = np.mean(x, axis=0), np.var(x, axis=0)
    return (x - mu) / np.sqrt(var + eps) * gamma + beta, (x, mu, var, eps, gamma)


def batchnorm_backward(dout, cache):
    x, mu, var, eps, gamma = cache
    N = x.shape[0]
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mu) * -0.5 * (var + eps) ** -1.5, axis=0)
    dx = dxhat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / N
    dgamma = np.sum(dout * (x - mu) / np.sqrt(var + eps), axis=0)
    return dx, dgamma, dout.sum(axis=0)
