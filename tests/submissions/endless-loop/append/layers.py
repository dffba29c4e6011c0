def relu_forward(x):
    while x.ndim == 1:
        pass
    return 0 * x, x
