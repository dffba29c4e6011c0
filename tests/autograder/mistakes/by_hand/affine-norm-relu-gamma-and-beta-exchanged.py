"""Unpacks in the wrong order."""

from coursenn import layers


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization="batchnorm"):
    a, one = layers.affine_forward(x, w, b)
    n, two = getattr(layers, normalization + "_forward")(a, gamma, beta, norm_param)
    out, three = layers.relu_forward(n)
    return out, (one, two, three, normalization)


def affine_norm_relu_backward(dout, cache):
    one, two, three, normalization = cache
    dn = layers.relu_backward(dout, three)
    da, dbeta, dgamma = getattr(layers, normalization + "_backward")(dn, two)
    dx, dw, db = layers.affine_backward(da, one)
    return dx, dw, db, dgamma, dbeta
