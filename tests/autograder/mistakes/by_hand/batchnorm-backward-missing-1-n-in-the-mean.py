"""The gradient of the mean goes to every example in full."""


def batchnorm_forward(x, gamma, beta, bn_param):
    mu, var = x.mean(0), x.var(0) + bn_param.get("eps", 1e-5)
    return gamma * (x - mu) * var**-0.5 + beta, (x - mu, var, gamma)


def batchnorm_backward(dout, cache):
    xmu, var, gamma = cache
    dhat = dout * gamma
    dvar = -0.5 * (dhat * xmu).sum(0) * var**-1.5
    dmu = -(dhat * var**-0.5).sum(0)
    dx = dhat * var**-0.5 + 2 / len(xmu) * xmu * dvar + dmu
    return dx, (dout * xmu * var**-0.5).sum(0), dout.sum(0)
