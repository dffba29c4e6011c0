"""The closed form with a wrong count."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    g = x.reshape(N, G, C // G, H, W)
    std = np.sqrt(g.var((2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5))
    hat = (g - g.mean((2, 3, 4), keepdims=True)) / std
    return hat.reshape(x.shape) * gamma + beta, (hat, std, gamma)


def spatial_groupnorm_backward(dout, cache):
    hat, std, gamma = cache
    M = hat.shape[2]
    up = (dout * gamma).reshape(hat.shape)
    axes = (2, 3, 4)
    dx = (M * up - up.sum(axes, keepdims=True) - hat * (up * hat).sum(axes, keepdims=True)) / (M * std)
    xhat = hat.reshape(dout.shape)
    return dx.reshape(dout.shape), (dout * xhat).sum((0, 2, 3), keepdims=True), dout.sum((0, 2, 3), keepdims=True)
