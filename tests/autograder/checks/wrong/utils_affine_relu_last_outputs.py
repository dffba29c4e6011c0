"""Keeps the outputs of the last forward pass in the module. task: affine-relu, edge"""

_kept = {}


def affine_relu_forward(x, w, b):
    scores, cache = affine_forward(x, w, b)  # noqa: F821
    _kept["positive"] = scores > 0
    return relu_forward(scores)[0], cache  # noqa: F821


def affine_relu_backward(dout, cache):
    return affine_backward(dout * _kept["positive"], cache)  # noqa: F821
