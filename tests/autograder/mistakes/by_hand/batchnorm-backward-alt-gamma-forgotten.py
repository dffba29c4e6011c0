"""No gamma in the cache."""


def batchnorm_forward(x, gamma, beta, bn_param):
    inv = (x.var(0) + bn_param.get("eps", 1e-5)) ** -0.5
    hat = (x - x.mean(0)) * inv
    return hat * gamma + beta, (hat, inv)


def batchnorm_backward_alt(dout, cache):
    hat, inv = cache
    return inv * (dout - dout.mean(0) - hat * (dout * hat).mean(0)), (dout * hat).sum(0), dout.sum(0)
