def relu_forward(x):
    return 3 ** (10**9), x
