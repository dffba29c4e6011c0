"""Flattens for the product and forgets to go back."""

import numpy as np


def affine_backward(dout, cache):
    x, w, b = cache
    x = np.array([example.flatten() for example in x])
    dx = np.matmul(dout, np.transpose(w))
    dw = np.einsum("nd,nm->dm", x, dout)
    return dx, dw, np.einsum("nm->m", dout)
