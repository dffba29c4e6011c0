"""Group g holds the channels g, g + G, g + 2G, ..."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    hat = np.empty_like(x)
    for n in range(len(x)):
        for g in range(G):
            part = x[n, g::G]
            hat[n, g::G] = (part - part.mean()) / np.sqrt(part.var() + eps)
    return (hat * gamma + beta).astype(x.dtype), hat
