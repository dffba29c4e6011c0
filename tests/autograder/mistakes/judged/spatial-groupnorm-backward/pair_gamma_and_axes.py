"""Does not sum the gradient of beta over the pixels, and leaves gamma out of that of x."""


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=0, keepdims=True)
    g, h = dout.reshape(N * G, -1), x_hat.reshape(N * G, -1)
    M = g.shape[1]
    dx = (g - g.sum(1, keepdims=True) / M - h * (g * h).sum(1, keepdims=True) / M) / std
    return dx.reshape(N, C, H, W), dgamma, dbeta
