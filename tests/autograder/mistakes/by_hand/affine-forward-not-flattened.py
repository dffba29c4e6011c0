"""np.dot of the images as they are."""

import numpy as np


def affine_forward(x, w, b):
    return np.dot(x, w) + b, (x, w, b)
