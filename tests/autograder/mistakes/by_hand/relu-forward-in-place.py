"""Indexes into its argument."""


def relu_forward(x):
    x *= x > 0
    return x, x
