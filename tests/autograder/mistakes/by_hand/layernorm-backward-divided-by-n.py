"""The closed form with N for D."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    std = np.sqrt(x.var(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))
    hat = (x - x.mean(axis=1, keepdims=True)) / std
    return hat * gamma + beta, (hat, std, gamma)


def layernorm_backward(dout, cache):
    hat, std, gamma = cache
    N, _ = dout.shape
    g = dout * gamma
    dx = (N * g - g.sum(1, keepdims=True) - hat * (g * hat).sum(1, keepdims=True)) / (N * std)
    return dx, (dout * hat).sum(0), dout.sum(0)
