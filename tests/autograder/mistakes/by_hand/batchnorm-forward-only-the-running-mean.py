"""Copied a line and changed half of it."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    mu, var = (x.mean(0), x.var(0)) if bn_param["mode"] == "train" else (running_mean, running_var)
    if bn_param["mode"] == "train":
        running_mean = m * running_mean + (1 - m) * mu
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return gamma * (x - mu) / np.sqrt(var + eps) + beta, (x, mu, var)
