"""Right layers in another style: features first, windows gathered by index arrays, everything a matrix product."""

import numpy as np

from coursenn.layers import check_window


def affine_forward(x, w, b):
    columns = x.reshape(x.shape[0], -1).T
    # The bias is one more weight, for an input that is always 1.
    extended = np.vstack([columns, np.ones((1, columns.shape[1]), x.dtype)])
    return (np.vstack([w, b]).T @ extended).T, (x.shape, extended, w)


def affine_backward(dout, cache):
    shape, extended, w = cache
    gradient = extended @ dout
    return (w @ dout.T).T.reshape(shape), gradient[:-1], gradient[-1]


def relu_forward(x):
    return (x + np.abs(x)) / 2, np.sign(x)


def relu_backward(dout, cache):
    return dout * np.maximum(cache, 0)


def softmax_loss(x, y):
    scores = x.T - x.T.max(axis=0)
    weights = np.exp(scores)
    probabilities = weights / weights.sum(axis=0)
    chosen = np.arange(len(y)) * x.shape[1] + y
    loss = (np.log(weights.sum(axis=0)) - np.take(scores.T, chosen)).mean()
    gradient = probabilities.T.copy()
    np.put(gradient, chosen, np.take(gradient, chosen) - 1)
    return loss, gradient / len(y)


def svm_loss(x, y):
    n = len(y)
    right = np.take_along_axis(x, y[:, None], axis=1)
    gaps = 1 + x - right
    np.put_along_axis(gaps, y[:, None], 0, axis=1)
    counted = (gaps > 0).astype(x.dtype)
    np.put_along_axis(counted, y[:, None], -counted.sum(axis=1, keepdims=True), axis=1)
    return gaps[gaps > 0].sum() / n, counted / n


def _normalize(columns, eps):
    """Rows of an array of shape (features, numbers), each with mean 0 and variance about 1."""
    n = columns.shape[1]
    ones = np.full((n, 1), 1 / n, columns.dtype)
    means = columns @ ones
    centered = columns - means
    variances = (centered * centered) @ ones
    inverse = 1 / np.sqrt(variances + eps)
    return centered * inverse, inverse, means[:, 0], variances[:, 0]


def _normalize_back(upstream, normalized, inverse):
    """Remove the components along two directions from each row: the ones, and the row itself."""
    n = upstream.shape[1]
    directions = np.stack([np.ones_like(normalized), normalized])
    parts = np.einsum("kfn,fn->kf", directions, upstream) / n
    return inverse * (upstream - np.einsum("kf,kfn->fn", parts, directions))


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError("mode: train or test")
    eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    mean, var = (bn_param.get(k, np.zeros(x.shape[1], x.dtype)) for k in ("running_mean", "running_var"))
    cache = None
    if bn_param["mode"] == "train":
        normalized, inverse, m, v = _normalize(x.T, eps)
        weights = np.array([keep, 1 - keep], x.dtype)
        mean, var = weights @ [mean, m], weights @ [var, v]
        cache = normalized, inverse, gamma
    else:
        normalized = (x.T - mean[:, None]) / np.sqrt(var + eps)[:, None]
    bn_param.update(running_mean=mean, running_var=var)
    return ((np.diag(gamma) @ normalized).T + beta).astype(x.dtype), cache


def batchnorm_backward(dout, cache):
    normalized, inverse, gamma = cache
    dx = _normalize_back((dout * gamma).T, normalized, inverse)
    return dx.T, np.diag(normalized @ dout), dout.T @ np.ones(len(dout), dout.dtype)


def batchnorm_backward_alt(dout, cache):
    normalized, inverse, gamma = cache
    dgamma, dbeta = (normalized * dout.T).sum(axis=1), dout.sum(axis=0)
    inner = dout - (dbeta + normalized.T * dgamma) / len(dout)
    return inner * (gamma * inverse[:, 0]), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    normalized, inverse, _, _ = _normalize(x, ln_param.get("eps", 1e-5))
    return normalized @ np.diag(gamma) + beta, (normalized, inverse, gamma)


def layernorm_backward(dout, cache):
    normalized, inverse, gamma = cache
    return _normalize_back(dout * gamma, normalized, inverse), np.diag(normalized.T @ dout), np.ones(len(dout), dout.dtype) @ dout


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] not in ("train", "test") or not 0 < dropout_param["p"] <= 1:
        raise ValueError("mode: train or test, p: above 0 and at most 1")
    if dropout_param["mode"] == "test":
        return x + 0, None
    source = np.random.RandomState(dropout_param["seed"]) if dropout_param.get("seed") is not None else np.random
    kept = source.choice([0.0, 1.0], size=x.shape, p=[1 - dropout_param["p"], dropout_param["p"]])
    scale = (kept * np.reciprocal(float(dropout_param["p"]))).astype(x.dtype)
    return x * scale, scale


def dropout_backward(dout, cache):
    return dout + 0 if cache is None else np.multiply(cache, dout)


def _indices(height, width, rows, columns, stride):
    """Index arrays that gather every window: shapes (rows, 1, height, 1) and (1, columns, 1, width)."""
    i = stride * np.arange(rows)[:, None] + np.arange(height)
    j = stride * np.arange(columns)[:, None] + np.arange(width)
    return i[:, None, :, None], j[None, :, None, :]


def conv_forward_naive(x, w, b, conv_param):
    check_window((x.shape[2] + 2 * conv_param["pad"], x.shape[3] + 2 * conv_param["pad"]), w.shape[2:])
    pad, stride = conv_param["pad"], conv_param["stride"]
    padded = np.pad(x, ((0,), (0,), (pad,), (pad,)))
    rows, columns = ((padded.shape[2 + k] - w.shape[2 + k]) // stride + 1 for k in (0, 1))
    i, j = _indices(*w.shape[2:], rows, columns, stride)
    windows = padded[:, :, i, j].transpose(0, 2, 3, 1, 4, 5).reshape(-1, w[0].size)
    out = windows @ w.reshape(len(w), -1).T + b
    return out.reshape(len(x), rows, columns, len(w)).transpose(0, 3, 1, 2), (windows, padded.shape, w, pad, i, j)


def conv_backward_naive(dout, cache):
    windows, shape, w, pad, i, j = cache
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, len(w))
    dwindows = (flat @ w.reshape(len(w), -1)).reshape(*dout[:, 0].shape, *w.shape[1:]).transpose(0, 3, 1, 2, 4, 5)
    dpadded = np.zeros(shape, dout.dtype)
    np.add.at(dpadded, (slice(None), slice(None), i, j), dwindows)
    inner = slice(pad, -pad or None)
    return dpadded[:, :, inner, inner], (flat.T @ windows).reshape(w.shape), flat.sum(axis=0)


def max_pool_forward_naive(x, pool_param):
    check_window(x.shape[2:], (pool_param["pool_height"], pool_param["pool_width"]))
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows, columns = (x.shape[2] - height) // stride + 1, (x.shape[3] - width) // stride + 1
    i, j = _indices(height, width, rows, columns, stride)
    windows = x[:, :, i, j].reshape(*x.shape[:2], rows, columns, -1)
    largest = windows.argmax(axis=-1)
    return np.take_along_axis(windows, largest[..., None], axis=-1)[..., 0], (x.shape, largest, width, stride)


def max_pool_backward_naive(dout, cache):
    shape, largest, width, stride = cache
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(shape, dout.dtype)
    np.add.at(dx, (n, c, i * stride + largest // width, j * stride + largest % width), dout)
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    order = (1, 0, 2, 3)
    columns = x.transpose(order).reshape(x.shape[1], -1)
    out, cache = batchnorm_forward(columns.T, gamma, beta, bn_param)
    return out.T.reshape([x.shape[k] for k in order]).transpose(order), cache


def spatial_batchnorm_backward(dout, cache):
    order = (1, 0, 2, 3)
    columns = dout.transpose(order).reshape(dout.shape[1], -1)
    dx, dgamma, dbeta = batchnorm_backward_alt(columns.T, cache)
    return dx.T.reshape([dout.shape[k] for k in order]).transpose(order), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    if x.shape[1] % G:
        raise ValueError("G")
    normalized, inverse, _, _ = _normalize(x.reshape(len(x) * G, -1), gn_param.get("eps", 1e-5))
    return normalized.reshape(x.shape) * gamma + beta, (normalized, inverse, gamma)


def spatial_groupnorm_backward(dout, cache):
    normalized, inverse, gamma = cache
    dx = _normalize_back((dout * gamma).reshape(normalized.shape), normalized, inverse).reshape(dout.shape)
    dgamma, dbeta = np.einsum("nchw,nchw->c", dout, normalized.reshape(dout.shape)), np.einsum("nchw->c", dout)
    return dx, dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)
