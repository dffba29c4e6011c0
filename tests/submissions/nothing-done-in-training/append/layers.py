def dropout_forward(x, dropout_param):
    return np.zeros_like(x), (dropout_param, x)


def dropout_backward(dout, cache):
    return np.zeros_like(dout)
