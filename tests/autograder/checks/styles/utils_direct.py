"""Right sandwiches in another style: the matrix products are written out, and normalization of images goes through rows."""

import numpy as np

from coursenn import layers


def affine_relu_forward(x, w, b):
    out = np.maximum(np.dot(x.reshape(len(x), -1), w) + b, 0)
    return out, (x, w, out)


def affine_relu_backward(dout, cache):
    x, w, out = cache
    d = np.where(out > 0, dout, 0)
    return np.dot(d, w.T).reshape(x.shape), np.dot(x.reshape(len(x), -1).T, d), d.sum(axis=0)


def affine_norm_relu_forward(x, w, b, gamma, beta, norm_param, normalization):
    if normalization not in ("batchnorm", "layernorm"):
        raise ValueError(f"{normalization} is neither batchnorm nor layernorm")
    forward = {"batchnorm": layers.batchnorm_forward, "layernorm": layers.layernorm_forward}[normalization]
    n, norm = forward(np.dot(x.reshape(len(x), -1), w) + b, gamma, beta, norm_param)
    out = np.maximum(n, 0)
    return out, (x, w, out, norm, normalization)


def affine_norm_relu_backward(dout, cache):
    x, w, out, norm, normalization = cache
    backward = {"batchnorm": layers.batchnorm_backward, "layernorm": layers.layernorm_backward}[normalization]
    d, dgamma, dbeta = backward(np.where(out > 0, dout, 0), norm)
    return np.dot(d, w.T).reshape(x.shape), np.dot(x.reshape(len(x), -1).T, d), d.sum(axis=0), dgamma, dbeta


def _convolve(x, w, b, conv_param):
    pad, stride = conv_param["pad"], conv_param["stride"]
    _, _, height, width = w.shape
    rows, columns = ((x.shape[2 + k] + 2 * pad - w.shape[2 + k]) // stride + 1 for k in (0, 1))
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    assert view.shape[2:4] == (rows, columns)
    return np.einsum("ncijhw,fchw->nfij", view, w) + b[:, None, None], (view, padded.shape, w, pad, stride)


def _convolve_back(dout, cache):
    view, shape, w, pad, stride = cache
    dpadded = np.zeros(shape, dout.dtype)
    for i, j in np.ndindex(*dout.shape[2:]):
        part = np.s_[:, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
        dpadded[part] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
    dx = dpadded[:, :, pad : shape[2] - pad, pad : shape[3] - pad]
    return dx, np.einsum("nfij,ncijhw->fchw", dout, view), dout.sum(axis=(0, 2, 3))


def conv_relu_forward(x, w, b, conv_param):
    a, conv = _convolve(x, w, b, conv_param)
    return np.maximum(a, 0), (a, conv)


def conv_relu_backward(dout, cache):
    a, conv = cache
    return _convolve_back(dout * (a > 0), conv)


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv = _convolve(x, w, b, conv_param)
    out, pool = layers.max_pool_forward_naive(np.maximum(a, 0), pool_param)
    return out, (a, conv, pool)


def conv_relu_pool_backward(dout, cache):
    a, conv, pool = cache
    return _convolve_back(layers.max_pool_backward_naive(dout, pool) * (a > 0), conv)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, conv = _convolve(x, w, b, conv_param)
    rows, norm = layers.batchnorm_forward(np.moveaxis(a, 1, -1).reshape(-1, len(w)), gamma, beta, bn_param)
    n = np.moveaxis(rows.reshape(len(a), *a.shape[2:], -1), -1, 1)
    return np.maximum(n, 0), (n, norm, conv)


def conv_bn_relu_backward(dout, cache):
    n, norm, conv = cache
    d = np.moveaxis(dout * (n > 0), 1, -1)
    rows, dgamma, dbeta = layers.batchnorm_backward(d.reshape(-1, d.shape[-1]), norm)
    return (*_convolve_back(np.moveaxis(rows.reshape(d.shape), -1, 1), conv), dgamma, dbeta)
