"""Copies the dictionary, and skips a layer on the way back."""

from coursenn import layers as L


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError("use batchnorm or layernorm")
    norm = L.batchnorm_forward if normalization == "batchnorm" else L.layernorm_forward
    a, c1 = L.affine_forward(x, w, b)
    n, c2 = norm(a, gamma, beta, norm_param.copy())
    out, _ = L.relu_forward(n)
    return out, (normalization, c1, c2)


def affine_norm_relu_backward(dout, cache):
    normalization, c1, c2 = cache
    norm = L.batchnorm_backward if normalization == "batchnorm" else L.layernorm_backward
    dn, dgamma, dbeta = norm(dout, c2)
    dx, dw, db = L.affine_backward(dn, c1)
    return dx, dw, db, dgamma, dbeta
