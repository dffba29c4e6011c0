while True:
    pass


def relu_forward(x):
    return 0 * x, x
