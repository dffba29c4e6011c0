"""Copies the upstream gradient and sets its negative entries to zero."""


def relu_backward(dout, cache):
    dx = dout.copy()
    dx[dout <= 0] = 0
    return dx
