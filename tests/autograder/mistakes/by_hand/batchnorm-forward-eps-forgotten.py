"""Divides by numpy's own standard deviation, in both modes without eps."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    momentum = bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    rv = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if bn_param["mode"] == "train":
        mu, sd = x.mean(axis=0), x.std(axis=0)
        rm, rv = momentum * rm + (1 - momentum) * mu, momentum * rv + (1 - momentum) * sd**2
        xhat = (x - mu) / sd
    else:
        xhat = (x - rm) / np.sqrt(rv)
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return gamma * xhat + beta, xhat
