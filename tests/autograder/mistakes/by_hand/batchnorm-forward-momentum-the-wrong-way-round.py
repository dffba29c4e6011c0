"""Moves the averages a step towards the batch."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    for key in ("running_mean", "running_var"):
        if key not in bn_param:
            bn_param[key] = np.zeros(x.shape[1], dtype=x.dtype)
    if bn_param["mode"] == "test":
        scale = gamma * (bn_param["running_var"] + eps) ** -0.5
        return scale * x + (beta - scale * bn_param["running_mean"]), None
    mu = np.ones(len(x)) @ x / len(x)
    xmu = x - mu
    var = np.einsum("nd,nd->d", xmu, xmu) / len(x)
    bn_param["running_mean"] = bn_param["running_mean"] + momentum * (mu - bn_param["running_mean"])
    bn_param["running_var"] = bn_param["running_var"] + momentum * (var - bn_param["running_var"])
    ivar = (var + eps) ** -0.5
    return gamma * xmu * ivar + beta, {"xmu": xmu, "ivar": ivar}
