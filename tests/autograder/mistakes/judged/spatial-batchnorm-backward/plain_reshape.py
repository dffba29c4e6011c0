"""Reshapes without a transpose in the backward pass."""

from coursenn.layers import batchnorm_backward


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.reshape(N * H * W, C), cache)
    dx = dx.reshape(N, C, H, W)
    return dx, dgamma, dbeta
