"""The direct term lacks the inverse standard deviation."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    xc = x - x.mean(0)
    inv = (np.mean(xc**2, 0) + bn_param.get("eps", 1e-5)) ** -0.5
    return xc * inv * gamma + beta, (xc, inv, gamma)


def batchnorm_backward(dout, cache):
    xc, inv, gamma = cache
    g = dout * gamma
    dinv = (g * xc).sum(0)
    dxc = g - xc * inv**3 * dinv / len(xc)
    return dxc - dxc.mean(0), (dout * xc * inv).sum(0), dout.sum(0)
