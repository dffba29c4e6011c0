"""One feature at a time, with sums written out."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    momentum, eps = bn_param.get("momentum", 0.9), bn_param.get("eps", 1e-5)
    N, D = x.shape
    mean, var = np.zeros(D, x.dtype), np.zeros(D, x.dtype)
    for d in range(D):
        mean[d] = sum(x[n, d] for n in range(N)) / N
        var[d] = sum((x[n, d] - mean[d]) ** 2 for n in range(N)) / (N - 1)
    old_mean = bn_param.get("running_mean", np.zeros(D, x.dtype))
    old_var = bn_param.get("running_var", np.zeros(D, x.dtype))
    if bn_param["mode"] == "test":
        bn_param.update(running_mean=old_mean, running_var=old_var)
        return gamma * (x - old_mean) / np.sqrt(old_var + eps) + beta, None
    bn_param["running_mean"] = old_mean * momentum + mean * (1 - momentum)
    bn_param["running_var"] = old_var * momentum + var * (1 - momentum)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta, (x, mean, var, eps, gamma)
