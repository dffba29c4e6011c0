def relu_forward(x):
    larger = np.zeros((*x.shape, 2), x.dtype)
    larger[..., 1] = np.maximum(x, 0)
    return np.asfortranarray(larger)[..., 1], x


def relu_backward(dout, cache):
    return (dout * (cache > 0))[::-1].copy()[::-1]
