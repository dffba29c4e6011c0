"""Convolution, ReLU and normalization, in both passes."""

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast
from coursenn.layers import relu_backward, relu_forward, spatial_batchnorm_backward, spatial_batchnorm_forward


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, c1 = conv_forward_fast(x, w, b, conv_param)
    a, c2 = relu_forward(a)
    out, c3 = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    return out, (c1, c2, c3)


def conv_bn_relu_backward(dout, cache):
    c1, c2, c3 = cache
    d, dgamma, dbeta = spatial_batchnorm_backward(dout, c3)
    dx, dw, db = conv_backward_fast(relu_backward(d, c2), c1)
    return dx, dw, db, dgamma, dbeta
