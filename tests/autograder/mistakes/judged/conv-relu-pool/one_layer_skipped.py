"""Goes back from the pooling straight to the convolution."""

import numpy as np

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    features, c1 = conv_forward_fast(x, w, b, conv_param)
    out, c2 = max_pool_forward_fast(np.maximum(features, 0), pool_param)
    return out, (c1, c2)


def conv_relu_pool_backward(dout, cache):
    d = max_pool_backward_fast(dout, cache[1])
    return conv_backward_fast(d, cache[0])
