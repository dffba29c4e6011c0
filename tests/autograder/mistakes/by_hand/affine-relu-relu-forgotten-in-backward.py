"""A dictionary as the cache; the mask in it is not used."""

import numpy as np

from coursenn.layers import affine_forward


def affine_relu_forward(x, w, b):
    a, _ = affine_forward(x, w, b)
    return a * (a > 0), {"x": x, "w": w, "mask": a > 0}


def affine_relu_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    return np.reshape(dout @ w.T, x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
