"""Sums over examples in a loop."""

import numpy as np


def affine_forward(x, w, b):
    return np.stack([row.ravel() @ w + b for row in x]), (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dw, db, dx = np.zeros_like(w), np.zeros(w.shape[1]), []
    for example, up in zip(x, dout, strict=True):
        dw += np.outer(example.ravel(), up)
        db += up
        dx.append(w @ up)
    return np.array(dx), dw, db
