"""Divides by the variance in both modes."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    rv = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        rm = rm * momentum + mean * (1 - momentum)
        rv = rv * momentum + var * (1 - momentum)
        hat = (x - mean) / (var + eps)
    else:
        hat = (x - rm) / (rv + eps)
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return gamma * hat + beta, hat
