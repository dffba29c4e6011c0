from .optim import *


def batchnorm_backward_alt(dout, cache):
    return other(dout, cache)
