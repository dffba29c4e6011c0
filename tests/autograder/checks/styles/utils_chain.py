"""Right sandwiches in another style: a list of layers, run forwards and then backwards."""

from coursenn import fast_layers, layers


def _run(x, *steps):
    """Each step is (forward, backward, further arguments)."""
    trail = []
    for forward, backward, arguments in steps:
        x, cache = forward(x, *arguments)
        trail.append((backward, cache))
    return x, trail


def _back(dout, trail):
    """The gradient of x, then those of the parameters, first layer first."""
    parameters = []
    for backward, cache in reversed(trail):
        result = backward(dout, cache)
        dout, *own = result if isinstance(result, tuple | list) else (result,)
        parameters = [*own, *parameters]
    return (dout, *parameters)


def affine_relu_forward(x, w, b):
    return _run(x, (layers.affine_forward, layers.affine_backward, (w, b)), (layers.relu_forward, layers.relu_backward, ()))


def affine_relu_backward(dout, cache):
    return _back(dout, cache)


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError(f"{normalization} is neither batchnorm nor layernorm")
    norms = {
        "batchnorm": (layers.batchnorm_forward, layers.batchnorm_backward),
        "layernorm": (layers.layernorm_forward, layers.layernorm_backward),
    }
    return _run(
        x,
        (layers.affine_forward, layers.affine_backward, (w, b)),
        (*norms[normalization], (gamma, beta, norm_param)),
        (layers.relu_forward, layers.relu_backward, ()),
    )


def affine_norm_relu_backward(dout, cache):
    return _back(dout, cache)


CONV = fast_layers.conv_forward_fast, fast_layers.conv_backward_fast
POOL = fast_layers.max_pool_forward_fast, fast_layers.max_pool_backward_fast
RELU = layers.relu_forward, layers.relu_backward


def conv_relu_forward(x, w, b, conv_param):
    return _run(x, (*CONV, (w, b, conv_param)), (*RELU, ()))


def conv_relu_backward(dout, cache):
    return _back(dout, cache)


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    return _run(x, (*CONV, (w, b, conv_param)), (*RELU, ()), (*POOL, (pool_param,)))


def conv_relu_pool_backward(dout, cache):
    return _back(dout, cache)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    norm = layers.spatial_batchnorm_forward, layers.spatial_batchnorm_backward, (gamma, beta, bn_param)
    return _run(x, (*CONV, (w, b, conv_param)), norm, (*RELU, ()))


def conv_bn_relu_backward(dout, cache):
    return _back(dout, cache)
