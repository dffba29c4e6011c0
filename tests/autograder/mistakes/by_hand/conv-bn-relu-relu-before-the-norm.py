"""Convolution and ReLU as one sandwich, then the normalization."""

from coursenn.layer_utils import conv_relu_backward, conv_relu_forward
from coursenn.layers import spatial_batchnorm_backward, spatial_batchnorm_forward


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    active, inner = conv_relu_forward(x, w, b, conv_param)
    out, outer = spatial_batchnorm_forward(active, gamma, beta, bn_param)
    return out, [inner, outer]


def conv_bn_relu_backward(dout, cache):
    dactive, dgamma, dbeta = spatial_batchnorm_backward(dout, cache[1])
    return (*conv_relu_backward(dactive, cache[0]), dgamma, dbeta)
