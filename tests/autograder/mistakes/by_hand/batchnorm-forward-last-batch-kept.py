"""Writes the statistics of the batch into the dictionary."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    if bn_param["mode"] == "train":
        bn_param["running_mean"] = x.mean(axis=0)
        bn_param["running_var"] = x.var(axis=0)
    mean = bn_param.setdefault("running_mean", np.zeros(x.shape[1], x.dtype))
    var = bn_param.setdefault("running_var", np.zeros(x.shape[1], x.dtype))
    return gamma * ((x - mean) / np.sqrt(var + eps)) + beta, (x, gamma)
