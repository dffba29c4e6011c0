"""Returns zeros for examples after the first hundred. task: conv-forward"""

_right = conv_forward_naive  # noqa: F821


def conv_forward_naive(x, w, b, conv_param):
    out, cache = _right(x, w, b, conv_param)
    out[100:] = 0
    return out, cache
