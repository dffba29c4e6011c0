"""Einsum over flattened images."""

import numpy as np


def affine_forward(x, w, b):
    flat = x.reshape(len(x), -1)
    return np.einsum("nd,dm->nm", flat, w) + b, {"flat": flat, "shape": x.shape, "w": w}


def affine_backward(dout, cache):
    dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["shape"])
    return dx, np.einsum("nd,nm->dm", cache["flat"], dout), np.mean(dout, axis=0)
