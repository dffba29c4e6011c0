"""A list of layers, two of them exchanged."""

from coursenn import layers


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization="batchnorm"):
    out, first = layers.affine_forward(x, w, b)
    out, second = layers.relu_forward(out)
    out, third = getattr(layers, f"{normalization}_forward")(out, gamma, beta, norm_param)
    return out, (normalization, first, second, third)


def affine_norm_relu_backward(dout, cache):
    normalization, first, second, third = cache
    dout, dgamma, dbeta = getattr(layers, f"{normalization}_backward")(dout, third)
    return *layers.affine_backward(layers.relu_backward(dout, second), first), dgamma, dbeta
