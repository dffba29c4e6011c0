_kept = []


def _keep(function):
    _kept.append(function)
    return lambda *args: function(*args)


try:

    @_keep
    def batchnorm_backward(dout, cache):
        x_hat, centered, std, gamma = cache
        N = dout.shape[0]
        dbeta = dout.sum(axis=0)
        dgamma = (dout * x_hat).sum(axis=0)
        return gamma / (N * std) * (N * dout - dbeta - x_hat * dgamma), dgamma, dbeta

    _other = batchnorm_backward
except TypeError:
    pass


def batchnorm_backward_alt(dout, cache):
    for function in (_other, *_kept, globals()["batchnorm_backward"]):
        try:
            return function(dout, cache)
        except ImportError as error:
            last = error
    raise last
