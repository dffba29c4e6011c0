"""Updates without looking at the mode."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    rv = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    mu, var = x.mean(0), x.var(0)
    use = (mu, var) if bn_param["mode"] == "train" else (rm, rv)
    bn_param["running_mean"] = momentum * rm + (1 - momentum) * mu
    bn_param["running_var"] = momentum * rv + (1 - momentum) * var
    return gamma * (x - use[0]) / np.sqrt(use[1] + eps) + beta, use
