"""Takes a short cut to the gradient of the bias."""

import numpy as np

from coursenn import fast_layers, layers


def conv_relu_forward(x, w, b, conv_param):
    a, one = fast_layers.conv_forward_fast(x, w, b, conv_param)
    out, two = layers.relu_forward(a)
    return out, [one, two]


def conv_relu_backward(dout, cache):
    one, two = cache
    dx, dw, _ = fast_layers.conv_backward_fast(layers.relu_backward(dout, two), one)
    db = np.einsum("nfhw->f", dout)
    return dx, dw, db
