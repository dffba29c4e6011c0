"""Row by row."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    sd = np.sqrt(np.var(x, axis=0) + bn_param.get("eps", 1e-5))
    xhat = (x - np.mean(x, axis=0)) / sd
    return xhat * gamma + beta, [xhat, gamma / sd]


def batchnorm_backward(dout, cache):
    xhat, slope = cache
    dx, dgamma, dbeta = np.empty_like(dout), 0, 0
    for n, row in enumerate(dout):
        dx[n] = slope * row
        dgamma = dgamma + row * xhat[n]
        dbeta = dbeta + row
    return dx, dgamma, dbeta
