"""Remembers the normalization of the last forward pass in the module. task: affine-norm-relu, edge"""

_forward, _backward = affine_norm_relu_forward, affine_norm_relu_backward  # noqa: F821
_kept = {}


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    out, (_kept["kind"], *caches) = _forward(x, w, b, gamma, beta, norm_param, normalization)
    _kept["caches"] = caches
    return out, None


def affine_norm_relu_backward(dout, cache):
    return _backward(dout, (_kept["kind"], *_kept["caches"]))
