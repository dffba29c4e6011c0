"""One path is missing, and a mean is in the place of a sum."""

import numpy as np


def batchnorm_backward(dout, cache):
    x_hat, xc, std, gamma = cache
    N = dout.shape[0]
    dh = gamma * dout
    dvar = -0.5 * np.sum(dh * xc, axis=0) * std**-3.0
    dx = dh / std + dvar * 2.0 * xc / N
    return dx, np.sum(x_hat * dout, axis=0), np.mean(dout, axis=0)
