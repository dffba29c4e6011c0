"""Works with standard deviations throughout."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    spread = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if bn_param["mode"] == "train":
        batch_mean = x.sum(axis=0) / x.shape[0]
        batch_std = np.sqrt(((x - batch_mean) ** 2).sum(axis=0) / x.shape[0] + eps)
        normalized = (x - batch_mean) / batch_std
        mean = momentum * mean + (1 - momentum) * batch_mean
        spread = momentum * spread + (1 - momentum) * batch_std
    else:
        normalized = (x - mean) / np.sqrt(spread + eps)
    bn_param["running_mean"], bn_param["running_var"] = mean, spread
    return normalized * gamma + beta, normalized
