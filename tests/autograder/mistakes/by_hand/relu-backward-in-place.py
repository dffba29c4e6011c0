"""A product in place."""


def relu_backward(dout, cache):
    dout *= cache > 0
    return dout
