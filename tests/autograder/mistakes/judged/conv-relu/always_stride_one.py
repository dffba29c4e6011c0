"""Makes its own dictionary for the convolution."""

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast
from coursenn.layers import relu_backward, relu_forward


def conv_relu_forward(x, w, b, conv_param):
    pad = conv_param["pad"]
    a, conv_cache = conv_forward_fast(x, w, b, dict(stride=1, pad=pad))
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache):
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache)
