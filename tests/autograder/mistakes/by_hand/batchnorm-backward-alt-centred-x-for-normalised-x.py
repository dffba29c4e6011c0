"""Keeps x minus its mean and uses it as the normalized x."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    hat = x - x.mean(0)
    std = np.sqrt(np.mean(hat**2, 0) + bn_param.get("eps", 1e-5))
    return gamma * hat / std + beta, (hat, std, gamma)


def batchnorm_backward_alt(dout, cache):
    hat, std, gamma = cache
    dgamma = (dout * hat).sum(0)
    dx = gamma / std * (dout - dout.mean(0) - hat * dgamma / len(dout))
    return dx, dgamma, dout.sum(0)
