"""Step by step with numbered names, as on a well-known blog."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = 1 / len(x) * np.sum(x, axis=0)
    xmu = x - mu
    var = 1 / len(x) * np.sum(xmu**2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1 / sqrtvar
    xhat = xmu * ivar
    return gamma * xhat + beta, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, _ = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    d_xhat = dout * gamma
    d_ivar = np.sum(d_xhat * xmu, axis=0)
    d_xmu1 = d_xhat * ivar
    d_sqrtvar = -1 / sqrtvar**2 * d_ivar
    d_var = 0.5 / np.sqrt(var + eps) * d_sqrtvar
    d_sq = np.ones_like(dout) * d_var
    d_xmu2 = 2 * xmu * d_sq
    d_x1 = d_xmu1 + d_xmu2
    d_mu = -np.sum(d_x1, axis=0)
    return d_x1 + np.ones_like(dout) * d_mu / N, dgamma, dbeta
