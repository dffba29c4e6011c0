"""Regards the ReLU as part of the layer."""

import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    z = x.reshape(N, -1).dot(w) + b
    out = np.where(z > 0, z, 0)
    return out, (x, w, b)
