"""Sums both parameter gradients along the axis of the statistics."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    xt = x.T
    ivar = 1 / np.sqrt(xt.var(0) + ln_param.get("eps", 1e-5))
    xhat = ((xt - xt.mean(0)) * ivar).T
    return gamma * xhat + beta, (xhat, ivar, gamma)


def layernorm_backward(dout, cache):
    xhat, ivar, gamma = cache
    D = dout.shape[1]
    up = (dout * gamma).T
    hat = xhat.T
    dx = (ivar / D * (D * up - up.sum(0) - hat * (up * hat).sum(0))).T
    return dx, np.sum(dout * xhat, axis=1), np.sum(dout, axis=0)
