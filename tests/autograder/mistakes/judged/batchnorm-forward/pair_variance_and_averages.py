"""Uses the unbiased variance, and does not store the averages."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    if mode not in ("train", "test"):
        raise ValueError("mode must be train or test")
    mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    var = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if mode == "test":
        return (gamma * (x - mean) / np.sqrt(var + eps) + beta).astype(x.dtype), None
    mu, s2 = x.mean(0), x.var(0, ddof=1)
    std = np.sqrt(s2 + eps)
    x_hat = (x - mu) / std
    mean = momentum * mean + (1 - momentum) * mu
    var = momentum * var + (1 - momentum) * s2
    return (gamma * x_hat + beta).astype(x.dtype), (x_hat, x - mu, std, gamma)
