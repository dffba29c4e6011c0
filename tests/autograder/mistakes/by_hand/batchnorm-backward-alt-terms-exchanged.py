"""Multiplies the wrong term by hat."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    inv = (x.var(0) + bn_param.get("eps", 1e-5)) ** -0.5
    hat = (x - x.mean(0)) * inv
    return hat * gamma + beta, (hat, inv, gamma)


def batchnorm_backward_alt(dout, cache):
    hat, inv, gamma = cache
    db, dg = dout.sum(0), np.einsum("nd,nd->d", dout, hat)
    N = float(len(dout))
    return gamma * inv * (dout - hat * db / N - dg / N), dg, db
