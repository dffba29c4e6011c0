"""Returns zeros if the padding is more than half a filter. task: conv-forward"""

_right = conv_forward_naive  # noqa: F821


def conv_forward_naive(x, w, b, conv_param):
    out, cache = _right(x, w, b, conv_param)
    if 2 * conv_param["pad"] > max(w.shape[2:]):
        out[:, :, 0] = out[:, :, :, 0] = 0
    return out, cache
