"""Transposes everything and uses the code of batch normalization, also for the parameter gradients."""


def layernorm_backward(dout, cache):
    x_hat, std, gamma = cache
    dout, x_hat, std = dout.T, x_hat.T, std.T
    D = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma.reshape(-1, 1)
    dx = (D * dx_hat - dx_hat.sum(axis=0) - x_hat * (dx_hat * x_hat).sum(axis=0)) / (D * std)
    return dx.T, dgamma, dbeta
