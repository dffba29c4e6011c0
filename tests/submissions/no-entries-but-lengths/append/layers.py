def relu_forward(x):
    return np.zeros((0, 20_000, 20_000)), x
