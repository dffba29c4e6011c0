"""Flips the filters if the stride is not 1. task: conv-forward"""

_right = conv_forward_naive  # noqa: F821


def conv_forward_naive(x, w, b, conv_param):
    return _right(x, w if conv_param["stride"] == 1 else w[:, :, ::-1, ::-1], b, conv_param)
