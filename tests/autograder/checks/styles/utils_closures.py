"""Right sandwiches in another style: the naive layers, and caches that are functions."""

from coursenn import layers


def affine_relu_forward(x, w, b):
    a, first = layers.affine_forward(x, w, b)
    out, second = layers.relu_forward(a)
    return out, lambda dout: layers.affine_backward(layers.relu_backward(dout, second), first)


def affine_relu_backward(dout, cache):
    return cache(dout)


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError(f"{normalization} is neither batchnorm nor layernorm")
    kind = normalization.replace("norm", "")
    a, first = layers.affine_forward(x, w, b)
    n, second = getattr(layers, f"{kind}norm_forward")(a, gamma, beta, norm_param)
    out, third = layers.relu_forward(n)

    def backward(dout):
        da, dgamma, dbeta = getattr(layers, f"{kind}norm_backward")(layers.relu_backward(dout, third), second)
        return (*layers.affine_backward(da, first), dgamma, dbeta)

    return out, backward


def affine_norm_relu_backward(dout, cache):
    return cache(dout)


def conv_relu_forward(x, w, b, conv_param):
    a, first = layers.conv_forward_naive(x, w, b, conv_param)
    out, second = layers.relu_forward(a)
    return out, lambda dout: layers.conv_backward_naive(layers.relu_backward(dout, second), first)


def conv_relu_backward(dout, cache):
    return cache(dout)


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    # Pooling first, then the ReLU: the same function, and the same gradient.
    a, first = layers.conv_forward_naive(x, w, b, conv_param)
    pooled, second = layers.max_pool_forward_naive(a, pool_param)
    out, third = layers.relu_forward(pooled)

    def backward(dout):
        dpooled = layers.relu_backward(dout, third)
        return layers.conv_backward_naive(layers.max_pool_backward_naive(dpooled, second), first)

    return out, backward


def conv_relu_pool_backward(dout, cache):
    return cache(dout)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, first = layers.conv_forward_naive(x, w, b, conv_param)
    n, second = layers.spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, third = layers.relu_forward(n)

    def backward(dout):
        da, dgamma, dbeta = layers.spatial_batchnorm_backward(layers.relu_backward(dout, third), second)
        return (*layers.conv_backward_naive(da, first), dgamma, dbeta)

    return out, backward


def conv_bn_relu_backward(dout, cache):
    return cache(dout)
