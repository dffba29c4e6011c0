"""Copies the dictionary."""

import copy

from coursenn import layers


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization="batchnorm"):
    a, one = layers.affine_forward(x, w, b)
    n, two = getattr(layers, normalization + "_forward")(a, gamma, beta, copy.deepcopy(norm_param))
    out, three = layers.relu_forward(n)
    return out, (one, two, three, normalization)


def affine_norm_relu_backward(dout, cache):
    one, two, three, normalization = cache
    d, dgamma, dbeta = getattr(layers, normalization + "_backward")(layers.relu_backward(dout, three), two)
    return *layers.affine_backward(d, one), dgamma, dbeta
