"""Does nothing in test mode."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    g = x.reshape(N, G, C // G, H, W)
    mean, var = g.mean((2, 3, 4), keepdims=True), g.var((2, 3, 4), keepdims=True)
    if gn_param.get("mode") == "test":
        mean, var = 0.0, 1.0
    hat = ((g - mean) / np.sqrt(var + gn_param.get("eps", 1e-5))).reshape(x.shape)
    return (gamma * hat + beta).astype(x.dtype), hat
