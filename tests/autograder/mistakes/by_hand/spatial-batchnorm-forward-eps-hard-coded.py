"""All in four dimensions, with 1e-5."""

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    m, C = bn_param.get("momentum", 0.9), x.shape[1]
    rm, rv = bn_param.get("running_mean", np.zeros(C, x.dtype)), bn_param.get("running_var", np.zeros(C, x.dtype))
    mean, var = rm, rv
    if bn_param["mode"] == "train":
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
        rm, rv = m * rm + (1 - m) * mean, m * rv + (1 - m) * var
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    hat = (x - mean.reshape(1, C, 1, 1)) / np.sqrt(var.reshape(1, C, 1, 1) + 1e-5)
    return (gamma.reshape(1, C, 1, 1) * hat + beta.reshape(1, C, 1, 1)).astype(x.dtype), hat
