"""Keeps the inputs of the last forward pass in the module. task: affine-backward, edge"""

_kept = {}


def affine_forward(x, w, b):
    _kept.update(x=x, w=w)
    return x.reshape(len(x), -1) @ w + b, None


def affine_backward(dout, cache):
    x, w = _kept["x"], _kept["w"]
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
