"""Keeps the structure of the exercise and returns zeros."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if mode not in ("train", "test"):
        raise ValueError('Invalid mode "%s": use train or test' % mode)
    out, cache = np.zeros_like(x), None
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache
