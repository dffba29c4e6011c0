"""range(0, C, G)."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    hat = np.zeros_like(x)
    for start in range(0, x.shape[1], G):
        part = x[:, start : start + G]
        mean, var = part.mean((1, 2, 3), keepdims=True), part.var((1, 2, 3), keepdims=True)
        hat[:, start : start + G] = (part - mean) / np.sqrt(var + gn_param.get("eps", 1e-5))
    return (gamma * hat + beta).astype(x.dtype), hat
