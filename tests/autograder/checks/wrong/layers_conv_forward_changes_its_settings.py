"""Sets the padding of the settings to zero. task: conv-forward, edge"""

_right = conv_forward_naive  # noqa: F821


def conv_forward_naive(x, w, b, conv_param):
    result = _right(x, w, b, dict(conv_param))
    conv_param["pad"] = 0
    return result
