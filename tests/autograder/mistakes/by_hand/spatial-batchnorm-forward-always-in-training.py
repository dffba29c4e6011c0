"""Four dimensions; the mode is never read."""

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, m, C = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9), x.shape[1]
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    bn_param["running_mean"] = m * bn_param.get("running_mean", np.zeros(C, x.dtype)) + (1 - m) * mean
    bn_param["running_var"] = m * bn_param.get("running_var", np.zeros(C, x.dtype)) + (1 - m) * var
    hat = (x - mean[:, None, None]) / np.sqrt(var[:, None, None] + eps)
    return (gamma[:, None, None] * hat + beta[:, None, None]).astype(x.dtype), hat
