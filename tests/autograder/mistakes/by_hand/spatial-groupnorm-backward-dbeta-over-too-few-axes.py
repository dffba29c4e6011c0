"""Sums over two of three axes."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    g = x.reshape(len(x), G, -1)
    std = np.sqrt(g.var(2, keepdims=True) + gn_param.get("eps", 1e-5))
    hat = (g - g.mean(2, keepdims=True)) / std
    return hat.reshape(x.shape) * gamma + beta, (hat, std, gamma)


def spatial_groupnorm_backward(dout, cache):
    hat, std, gamma = cache
    up = (dout * gamma).reshape(hat.shape)
    dx = (up - up.mean(2, keepdims=True) - hat * (up * hat).mean(2, keepdims=True)) / std
    xhat = hat.reshape(dout.shape)
    return dx.reshape(dout.shape), np.sum(dout * xhat, (0, 2, 3), keepdims=True), np.sum(dout, (2, 3), keepdims=True)
