"""Lets the gradient pass at zero. task: relu-backward, edge"""


def relu_backward(dout, cache):
    return dout * (cache >= 0)
