"""np.mean and np.var without an axis."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    D = x.shape[1]
    rm, rv = bn_param.get("running_mean", np.zeros(D, x.dtype)), bn_param.get("running_var", np.zeros(D, x.dtype))
    if bn_param["mode"] == "train":
        mean, var = np.mean(x), np.var(x)
        rm, rv = momentum * rm + (1 - momentum) * mean, momentum * rv + (1 - momentum) * var
    else:
        mean, var = rm, rv
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return (x - mean) / np.sqrt(var + eps) * gamma + beta, (x, mean, var)
