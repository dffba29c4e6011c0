"""Works on the transpose."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    columns = x.T
    D = len(columns)
    centred = columns - np.sum(columns, axis=0) / D
    var = np.sum(centred * centred, axis=0) / (D - 1)
    normed = (centred * (var + ln_param.get("eps", 1e-5)) ** -0.5).T
    return normed * gamma + beta, (normed, var, gamma)
