"""Uses only the first channel if there is padding. task: conv-forward"""

_right = conv_forward_naive  # noqa: F821


def conv_forward_naive(x, w, b, conv_param):
    if conv_param["pad"]:
        return _right(x[:, :1], w[:, :1], b, conv_param)
    return _right(x, w, b, conv_param)
