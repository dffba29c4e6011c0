"""Applies the three layers in another order, in both passes."""

from coursenn import layers as L


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError(f"unknown normalization {normalization}: batchnorm, layernorm")
    norm = L.batchnorm_forward if normalization == "batchnorm" else L.layernorm_forward
    h, c1 = L.affine_forward(x, w, b)
    h, c2 = L.relu_forward(h)
    h, c3 = norm(h, gamma, beta, norm_param)
    return h, (c1, c2, c3, normalization)


def affine_norm_relu_backward(dout, cache):
    c1, c2, c3, normalization = cache
    norm = L.batchnorm_backward if normalization == "batchnorm" else L.layernorm_backward
    d, dgamma, dbeta = norm(dout, c3)
    return (*L.affine_backward(L.relu_backward(d, c2), c1), dgamma, dbeta)
