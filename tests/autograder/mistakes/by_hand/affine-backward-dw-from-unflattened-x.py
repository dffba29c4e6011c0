"""np.dot with the images as they are."""

import numpy as np


def affine_backward(dout, cache):
    x, w, b = cache
    return np.dot(dout, w.T).reshape(x.shape), np.dot(np.transpose(x), dout), np.sum(dout, axis=0)
