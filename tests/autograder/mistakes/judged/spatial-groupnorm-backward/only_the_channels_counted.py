"""Forgets that a group also has rows and columns."""

import numpy as np


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    N, C, H, W = dout.shape
    M = C // G
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    g = (dout * gamma).reshape(N * G, -1)
    h = x_hat.reshape(N * G, -1)
    dx = (g - g.sum(1, keepdims=True) / M - h * (g * h).sum(1, keepdims=True) / M) / std
    return dx.reshape(N, C, H, W), dgamma, dbeta
