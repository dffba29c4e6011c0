def relu_forward(x):
    return np.ones((1 << 20, 1 << 20)), x
