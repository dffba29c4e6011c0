"""Computes the standard deviation again, without eps."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    hat = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + ln_param.get("eps", 1e-5))
    return hat * gamma + beta, (x, hat, gamma)


def layernorm_backward(dout, cache):
    x, hat, gamma = cache
    up = dout * gamma
    dx = (up - up.mean(1, keepdims=True) - hat * (up * hat).mean(1, keepdims=True)) / x.std(1, keepdims=True)
    return dx, (dout * hat).sum(0), dout.sum(0)
