"""Uses a stride of three for larger strides. task: conv-forward"""

_right = conv_forward_naive  # noqa: F821


def conv_forward_naive(x, w, b, conv_param):
    return _right(x, w, b, {**conv_param, "stride": min(3, conv_param["stride"])})
