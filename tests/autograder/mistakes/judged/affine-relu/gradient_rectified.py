"""Sends the gradient through the forward function of the ReLU."""

from coursenn.layers import affine_backward, affine_forward, relu_forward


def affine_relu_forward(x, w, b):
    a, cache = affine_forward(x, w, b)
    return relu_forward(a)[0], cache


def affine_relu_backward(dout, cache):
    da, _ = relu_forward(dout)
    dx, dw, db = affine_backward(da, cache)
    return dx, dw, db
