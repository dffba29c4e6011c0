def relu_forward(x):
    print(x, x.shape, "#" * 2000)
    return np.maximum(x, 0), x
