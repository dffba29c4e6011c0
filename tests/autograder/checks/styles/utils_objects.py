"""Right sandwiches in another style: objects with a method for each direction, tuples of arrays as results."""

from coursenn import layers
from coursenn.fast_layers import conv_backward_fast, conv_forward_fast, max_pool_backward_fast, max_pool_forward_fast


class Affine:
    def __init__(self, w, b):
        self.parameters = w, b

    def forward(self, x):
        out, self.cache = layers.affine_forward(x, *self.parameters)
        return out

    def backward(self, dout):
        dx, *self.gradients = layers.affine_backward(dout, self.cache)
        return dx


class Convolution(Affine):
    def forward(self, x):
        out, self.cache = conv_forward_fast(x, *self.parameters)
        return out

    def __init__(self, w, b, param):
        self.parameters = w, b, param

    def backward(self, dout):
        dx, *self.gradients = conv_backward_fast(dout, self.cache)
        return dx


class Norm:
    def __init__(self, kind, gamma, beta, param):
        self.kind, self.parameters = kind, (gamma, beta, param)

    def forward(self, x):
        out, self.cache = getattr(layers, f"{self.kind}_forward")(x, *self.parameters)
        return out

    def backward(self, dout):
        dx, *self.gradients = getattr(layers, f"{self.kind}_backward")(dout, self.cache)
        return dx


class ReLU:
    gradients = ()

    def forward(self, x):
        out, self.cache = layers.relu_forward(x)
        return out

    def backward(self, dout):
        return layers.relu_backward(dout, self.cache)


class Pool:
    gradients = ()

    def __init__(self, param):
        self.param = param

    def forward(self, x):
        out, self.cache = max_pool_forward_fast(x, self.param)
        return out

    def backward(self, dout):
        return max_pool_backward_fast(dout, self.cache)


class Sandwich:
    def __init__(self, *parts):
        self.parts = parts

    def forward(self, x):
        for part in self.parts:
            x = part.forward(x)
        return x, self

    def backward(self, dout):
        for part in self.parts[::-1]:
            dout = part.backward(dout)
        return (dout, *(g for part in self.parts for g in part.gradients))


def affine_relu_forward(x, w, b):
    return Sandwich(Affine(w, b), ReLU()).forward(x)


def affine_relu_backward(dout, cache):
    return cache.backward(dout)


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError(f"{normalization} is neither batchnorm nor layernorm")
    return Sandwich(Affine(w, b), Norm(normalization, gamma, beta, norm_param), ReLU()).forward(x)


def affine_norm_relu_backward(dout, cache):
    return cache.backward(dout)


def conv_relu_forward(x, w, b, conv_param):
    return Sandwich(Convolution(w, b, conv_param), ReLU()).forward(x)


def conv_relu_backward(dout, cache):
    return cache.backward(dout)


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    return Sandwich(Convolution(w, b, conv_param), ReLU(), Pool(pool_param)).forward(x)


def conv_relu_pool_backward(dout, cache):
    return cache.backward(dout)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    return Sandwich(Convolution(w, b, conv_param), Norm("spatial_batchnorm", gamma, beta, bn_param), ReLU()).forward(x)


def conv_bn_relu_backward(dout, cache):
    return cache.backward(dout)
