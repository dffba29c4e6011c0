"""Calls layer normalization on whole images."""

import numpy as np

from coursenn.layers import layernorm_forward


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    size = x[0].size
    hat, cache = layernorm_forward(x.reshape(len(x), size), np.ones(size), np.zeros(size), gn_param)
    return (hat.reshape(x.shape) * gamma + beta).astype(x.dtype), cache
