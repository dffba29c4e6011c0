"""As in other libraries, normalizes with one variance and stores another."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    N, D = x.shape
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    bn_param.setdefault("running_mean", np.zeros(D, x.dtype))
    bn_param.setdefault("running_var", np.zeros(D, x.dtype))
    if bn_param["mode"] == "test":
        return (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps) * gamma + beta, None
    mean = x.mean(axis=0)
    biased = ((x - mean) ** 2).mean(axis=0)
    bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
    bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * biased * N / (N - 1)
    return (x - mean) / np.sqrt(biased + eps) * gamma + beta, None
