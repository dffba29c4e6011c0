"""Always pools with a stride of two."""

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast
from coursenn.layers import relu_backward, relu_forward


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, c1 = conv_forward_fast(x, w, b, conv_param)
    s, c2 = relu_forward(a)
    param = {"pool_height": pool_param["pool_height"], "pool_width": pool_param["pool_width"], "stride": 2}
    out, c3 = max_pool_forward_fast(s, param)
    return out, (c1, c2, c3)


def conv_relu_pool_backward(dout, cache):
    c1, c2, c3 = cache
    return conv_backward_fast(relu_backward(max_pool_backward_fast(dout, c3), c2), c1)
