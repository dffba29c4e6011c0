def relu_forward(x):
    return np.zeros((3000, 3000)), x
