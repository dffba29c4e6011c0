"""Looks at the name only in the forward pass, and gives both caches the same form."""

from coursenn.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward,
    batchnorm_forward,
    layernorm_forward,
    relu_backward,
    relu_forward,
)


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError("normalization must be batchnorm or layernorm")
    a, fc_cache = affine_forward(x, w, b)
    if normalization == "batchnorm":
        n, n_cache = batchnorm_forward(a, gamma, beta, norm_param)
    else:
        n, n_cache = layernorm_forward(a, gamma, beta, norm_param)
        # The cache of batch normalization has four entries.
        n_cache = (n_cache[0], n_cache[0] * n_cache[1], n_cache[1], n_cache[2])
    out, r_cache = relu_forward(n)
    return out, (fc_cache, n_cache, r_cache)


def affine_norm_relu_backward(dout, cache):
    fc_cache, n_cache, r_cache = cache
    dn = relu_backward(dout, r_cache)
    da, dgamma, dbeta = batchnorm_backward(dn, n_cache)
    dx, dw, db = affine_backward(da, fc_cache)
    return dx, dw, db, dgamma, dbeta
