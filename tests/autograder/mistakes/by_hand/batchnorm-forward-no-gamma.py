"""Adds beta to the normalized x."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    rv = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    mean, var = rm, rv
    if bn_param["mode"] == "train":
        mean, var = x.mean(0), x.var(0)
        rm, rv = momentum * rm + (1 - momentum) * mean, momentum * rv + (1 - momentum) * var
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return (x - mean) * (var + eps) ** -0.5 + beta, None
