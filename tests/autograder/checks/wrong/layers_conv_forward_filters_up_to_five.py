"""Uses only the first five rows and columns of a filter. task: conv-forward"""

_right = conv_forward_naive  # noqa: F821


def conv_forward_naive(x, w, b, conv_param):
    kept = w.copy()
    kept[:, :, 5:] = kept[:, :, :, 5:] = 0
    return _right(x, kept, b, conv_param)[0], _right(x, w, b, conv_param)[1]
