"""Mean and variance over the channels of a group, for each position on its own."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    g = x.reshape(N, G, C // G, H, W)
    hat = (g - g.mean(axis=2, keepdims=True)) / np.sqrt(g.var(axis=2, keepdims=True) + gn_param.get("eps", 1e-5))
    return (gamma * hat.reshape(x.shape) + beta).astype(x.dtype), hat
