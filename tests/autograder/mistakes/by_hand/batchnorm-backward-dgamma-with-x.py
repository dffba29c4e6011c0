"""Keeps x and computes the rest again."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    return gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + eps) + beta, (x, gamma, eps)


def batchnorm_backward(dout, cache):
    x, gamma, eps = cache
    inverse = (x.var(0) + eps) ** -0.5
    xhat = (x - x.mean(0)) * inverse
    up = dout * gamma
    dx = inverse * (up - up.mean(0) - xhat * (up * xhat).mean(0))
    return dx, np.einsum("nd,nd->d", dout, x), np.einsum("nd->d", dout)
