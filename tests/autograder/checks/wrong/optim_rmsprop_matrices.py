"""Works only for vectors and matrices. task: rmsprop"""

_of_any_shape = rmsprop  # noqa: F821


def rmsprop(w, dw, config=None):
    assert w.ndim < 3
    return _of_any_shape(w, dw, config)
