"""Gives batch normalization the images as they are in memory."""

import numpy as np

from coursenn.layers import batchnorm_forward


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    n, c, h, w = np.shape(x)
    flat, cache = batchnorm_forward(np.reshape(x, (n * h * w, c)), gamma, beta, bn_param)
    return np.reshape(flat, (n, c, h, w)), cache
