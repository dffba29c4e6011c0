"""Only the slope of each entry."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    inv = 1 / np.sqrt(np.var(x, 1) + ln_param.get("eps", 1e-5))
    hat = ((x.T - np.mean(x, 1)) * inv).T
    return hat * gamma + beta, (hat, inv, gamma)


def layernorm_backward(dout, cache):
    hat, inv, gamma = cache
    return np.einsum("nd,d,n->nd", dout, gamma, inv), np.sum(dout * hat, 0), np.sum(dout, 0)
