"""Written with means instead of sums."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    inv = 1 / np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
    n = (x - x.mean(0)) * inv
    return n * gamma + beta, {"n": n, "scale": gamma * inv}


def batchnorm_backward_alt(dout, cache):
    dgamma, dbeta = np.sum(cache["n"] * dout, 0), np.sum(dout, 0)
    return cache["scale"] * (dout - dout.mean(0)), dgamma, dbeta
