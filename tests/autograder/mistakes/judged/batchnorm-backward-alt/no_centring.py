"""Keeps only the correction that has x in it."""

import numpy as np


def batchnorm_backward_alt(dout, cache):
    x_hat, _, std, gamma = cache
    dy = dout * gamma
    dx = (dy - x_hat * np.mean(dy * x_hat, axis=0)) / std
    return dx, np.einsum("ij,ij->j", dout, x_hat), dout.sum(axis=0)
