"""Mean and variance over the images only."""

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    rm, rv = bn_param.get("running_mean", np.zeros(C, x.dtype)), bn_param.get("running_var", np.zeros(C, x.dtype))
    scale, shift = np.reshape(gamma, (1, C, 1, 1)), np.reshape(beta, (1, C, 1, 1))
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        rm = momentum * rm + (1 - momentum) * mean.mean(axis=(1, 2))
        rv = momentum * rv + (1 - momentum) * var.mean(axis=(1, 2))
        hat = (x - mean) / np.sqrt(var + eps)
    else:
        hat = (x - rm.reshape(1, C, 1, 1)) / np.sqrt(rv.reshape(1, C, 1, 1) + eps)
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return (scale * hat + shift).astype(x.dtype), hat
