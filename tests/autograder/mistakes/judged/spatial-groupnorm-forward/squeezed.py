"""Removes all axes of length one."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    if G < 1 or C % G:
        raise ValueError("G must divide C")
    grouped = x.reshape(N, G, C // G, H, W)
    mu = np.mean(grouped, axis=(2, 3, 4), keepdims=True).squeeze()
    var = np.var(grouped, axis=(2, 3, 4), keepdims=True).squeeze()
    std = np.sqrt(var + eps)
    x_hat = ((grouped - mu[:, :, None, None, None]) / std[:, :, None, None, None]).reshape(x.shape)
    out = gamma * x_hat + beta
    return out.astype(x.dtype), (x_hat, std.reshape(N * G, 1), gamma, G)
