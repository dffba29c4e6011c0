"""A mean for beta, where a sum belongs."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    std = np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
    hat = (x - x.mean(0)) / std
    return hat * gamma + beta, (hat, std, gamma)


def batchnorm_backward(dout, cache):
    hat, std, gamma = cache
    mean = dout.mean(axis=0)
    dx = gamma / std * (dout - mean - hat * (dout * hat).mean(axis=0))
    return dx, (dout * hat).sum(axis=0), mean
