"""Averages the standard deviation, and returns the plain normalized numbers in test mode."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    if mode not in ("train", "test"):
        raise ValueError("mode must be train or test")
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    cache = None
    if mode == "train":
        mu, var = x.mean(0), x.var(0)
        std = np.sqrt(var + eps)
        x_hat = (x - mu) / std
        out, cache = gamma * x_hat + beta, (x_hat, x - mu, std, gamma)
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * np.std(x, axis=0)
    else:
        out = (x - running_mean) / np.sqrt(running_var + eps)
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out.astype(x.dtype), cache
