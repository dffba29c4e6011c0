"""Row by row, without the mean."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    sd = np.sqrt(np.var(x, 1) + ln_param.get("eps", 1e-5))[:, None]
    hat = (x - np.mean(x, 1)[:, None]) / sd
    return hat * gamma + beta, (hat, sd, gamma)


def layernorm_backward(dout, cache):
    hat, sd, gamma = cache
    dx = np.empty_like(dout)
    for i in range(len(dout)):
        g = dout[i] * gamma
        dx[i] = (g - hat[i] * np.dot(g, hat[i]) / len(g)) / sd[i]
    return dx, np.einsum("nd,nd->d", dout, hat), np.einsum("nd->d", dout)
