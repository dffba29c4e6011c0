"""Passes the settings on in a new dictionary."""

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast
from coursenn.layers import relu_backward, relu_forward, spatial_batchnorm_backward, spatial_batchnorm_forward


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, c1 = conv_forward_fast(x, w, b, conv_param)
    n, c2 = spatial_batchnorm_forward(a, gamma, beta, {**bn_param})
    out, c3 = relu_forward(n)
    return out, (c1, c2, c3)


def conv_bn_relu_backward(dout, cache):
    c1, c2, c3 = cache
    dn, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(dout, c3), c2)
    return (*conv_backward_fast(dn, c1), dgamma, dbeta)
