"""Uses the first channel's parameters for all."""

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    rm, rv = bn_param.get("running_mean", np.zeros(C, x.dtype)), bn_param.get("running_var", np.zeros(C, x.dtype))
    mean, var = rm, rv
    if bn_param["mode"] == "train":
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
        rm, rv = m * rm + (1 - m) * mean, m * rv + (1 - m) * var
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    hat = (x - mean[:, None, None]) / np.sqrt(var[:, None, None] + eps)
    return (gamma[0] * hat + beta[0]).astype(x.dtype), hat
