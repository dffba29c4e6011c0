"""A pooling of its own with steps of two."""

from coursenn.fast_layers import max_pool_backward_fast, max_pool_forward_fast
from coursenn.layer_utils import conv_relu_backward, conv_relu_forward


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, one = conv_relu_forward(x, w, b, conv_param)
    own = {"pool_height": pool_param["pool_height"], "pool_width": pool_param["pool_width"], "stride": 2}
    out, two = max_pool_forward_fast(a, own)
    return out, (one, two)


def conv_relu_pool_backward(dout, cache):
    return conv_relu_backward(max_pool_backward_fast(dout, cache[1]), cache[0])
