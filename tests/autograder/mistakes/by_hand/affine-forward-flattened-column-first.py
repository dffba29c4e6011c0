"""ravel in Fortran's order."""

import numpy as np


def affine_forward(x, w, b):
    return np.array([np.ravel(example, order="F") for example in x]) @ w + b[np.newaxis, :], (x, w, b)
