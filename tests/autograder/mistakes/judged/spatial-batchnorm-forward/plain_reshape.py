"""Reshapes without a transpose, so that the last size is C."""

from coursenn.layers import batchnorm_forward


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.reshape((-1, C)), gamma, beta, bn_param)
    out = out.reshape((N, C, H, W))
    return out, cache
