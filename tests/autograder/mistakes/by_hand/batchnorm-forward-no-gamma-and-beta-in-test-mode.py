"""Two functions, one for each mode."""

import numpy as np


def _train(x, gamma, beta, param, eps):
    mean = x.mean(axis=0, keepdims=True)
    var = np.mean(np.square(x - mean), axis=0, keepdims=True)
    m = param.get("momentum", 0.9)
    param["running_mean"] = m * param["running_mean"] + (1 - m) * mean.ravel()
    param["running_var"] = m * param["running_var"] + (1 - m) * var.ravel()
    xhat = (x - mean) / np.sqrt(var + eps)
    return xhat * gamma + beta, [xhat, gamma, var + eps]


def _test(x, param, eps):
    return (x - param["running_mean"]) / np.sqrt(param["running_var"] + eps), None


def batchnorm_forward(x, gamma, beta, bn_param):
    bn_param.setdefault("running_mean", np.zeros(x.shape[1], x.dtype))
    bn_param.setdefault("running_var", np.zeros(x.shape[1], x.dtype))
    eps = bn_param.get("eps", 1e-5)
    return _train(x, gamma, beta, bn_param, eps) if bn_param["mode"] == "train" else _test(x, bn_param, eps)
