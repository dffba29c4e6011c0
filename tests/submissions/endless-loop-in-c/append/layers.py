def relu_forward(x):
    if x.ndim == 1:
        return 3 ** (10**9), x
    return 0 * x, x
