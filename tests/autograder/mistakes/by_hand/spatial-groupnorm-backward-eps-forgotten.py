"""np.std in the backward pass."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    g = x.reshape(len(x), G, -1)
    hat = (g - g.mean(2, keepdims=True)) / np.sqrt(g.var(2, keepdims=True) + gn_param.get("eps", 1e-5))
    return hat.reshape(x.shape) * gamma + beta, (g, hat, gamma)


def spatial_groupnorm_backward(dout, cache):
    g, hat, gamma = cache
    up = (dout * gamma).reshape(g.shape)
    dx = (up - up.mean(2, keepdims=True) - hat * (up * hat).mean(2, keepdims=True)) / np.std(g, axis=2, keepdims=True)
    xhat = hat.reshape(dout.shape)
    return dx.reshape(dout.shape), (dout * xhat).sum((0, 2, 3), keepdims=True), dout.sum((0, 2, 3), keepdims=True)
