"""Always pools over windows of 2 x 2. task: conv-relu-pool"""

_told = conv_relu_pool_forward  # noqa: F821


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    return _told(x, w, b, conv_param, {"pool_height": 2, "pool_width": 2, "stride": 2})
