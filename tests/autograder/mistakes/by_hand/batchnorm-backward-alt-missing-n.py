"""Divides everything by N, including the first term."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    v = x.var(0) + bn_param.get("eps", 1e-5)
    n = (x - x.mean(0)) * v**-0.5
    return n * gamma + beta, (n, v, gamma)


def batchnorm_backward_alt(dout, cache):
    n, v, gamma = cache
    dgamma, dbeta = np.einsum("ij,ij->j", n, dout), dout.sum(0)
    dx = gamma * v**-0.5 / len(n) * (dout - n * dgamma - np.ones((len(n), 1)) @ dbeta[None])
    return dx, dgamma, dbeta
