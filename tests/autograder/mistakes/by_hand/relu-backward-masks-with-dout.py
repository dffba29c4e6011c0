"""Copies the upstream gradient and cuts it off."""


def relu_backward(dout, cache):
    dx = dout.copy()
    dx[dout <= 0] = 0
    return dx
