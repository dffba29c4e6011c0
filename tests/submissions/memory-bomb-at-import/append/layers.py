_bag = [np.ones(1 << 20) for _ in range(10**6)]


def relu_forward(x):
    return 0 * x, x
