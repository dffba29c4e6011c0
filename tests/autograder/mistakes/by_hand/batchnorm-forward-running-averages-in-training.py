"""Updates first and normalizes with the running averages in both modes."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    rv = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if bn_param["mode"] == "train":
        rm = momentum * rm + (1 - momentum) * x.mean(axis=0)
        rv = momentum * rv + (1 - momentum) * x.var(axis=0)
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    xn = (x - rm) / np.sqrt(rv + eps)
    return xn * gamma + beta, xn
