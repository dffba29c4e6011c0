"""Written with means, one of which is missing."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    inv = 1 / np.sqrt(np.var(x, axis=0) + bn_param.get("eps", 1e-5))
    hat = (x - np.mean(x, axis=0)) * inv
    return hat * gamma + beta, (hat, inv, gamma)


def batchnorm_backward_alt(dout, cache):
    hat, inv, gamma = cache
    dgamma = np.sum(dout * hat, axis=0)
    return gamma * inv * (dout - hat * dgamma / len(dout)), dgamma, np.sum(dout, axis=0)
