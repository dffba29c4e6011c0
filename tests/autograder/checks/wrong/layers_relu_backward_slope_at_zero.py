"""Passes the gradient on at zero. task: relu-backward, edge"""


def relu_backward(dout, cache):
    return dout * (cache >= 0)
