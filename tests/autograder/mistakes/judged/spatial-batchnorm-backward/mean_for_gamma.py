"""Averages over the pixels, in the gradient of the scales only."""

from coursenn.layers import batchnorm_backward


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    dgamma = dgamma / (N * H * W)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
