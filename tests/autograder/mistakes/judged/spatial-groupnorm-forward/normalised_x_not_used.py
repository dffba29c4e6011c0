"""Reshapes x back and continues with it."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    if G < 1 or C % G:
        raise ValueError("G must divide C")
    groups = x.reshape((N * G, C // G * H * W))
    std = np.sqrt(groups.var(axis=1, keepdims=True) + eps)
    norm = (groups - groups.mean(axis=1, keepdims=True)) / std
    x_hat = norm.reshape(N, C, H, W)
    out = gamma * groups.reshape(N, C, H, W) + beta
    return out.astype(x.dtype), (x_hat, std, gamma, G)
