"""Adds eps to the variance from the start."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    rv = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if bn_param["mode"] == "train":
        mu, var = x.mean(0), x.var(0) + eps
        rm, rv = momentum * rm + (1 - momentum) * mu, momentum * rv + (1 - momentum) * var
        xn = (x - mu) / var**0.5
    else:
        xn = (x - rm) / (rv + eps) ** 0.5
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return xn * gamma + beta, xn
