"""Adds the gradient of the mean once for each of the two places where the mean is used."""


def batchnorm_backward(dout, cache):
    xhat, xmu, std, gamma = cache
    N = len(dout)
    g = dout * gamma
    dvar = (g * xmu).sum(0) * -0.5 * std**-3
    dmu = -(g / std).sum(0)
    dx = g / std + 2 * xmu * dvar / N + 2 * dmu / N
    return dx, (dout * xhat).sum(0), dout.sum(0)
