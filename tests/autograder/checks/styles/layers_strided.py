"""Right layers in another style: long doubles inside, strided views, scatter by flat index, transposed convolutions."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from coursenn.layers import check_window

LONG = np.longdouble


def _long(*arrays):
    return [np.asarray(a, LONG) for a in arrays]


def affine_forward(x, w, b):
    rows, weights, biases = _long(x.reshape(len(x), -1), w, b)
    out = (rows[:, :, None] * weights[None]).sum(axis=1) + biases
    return out.astype(x.dtype), {"rows": rows, "weights": weights, "like": x}


def affine_backward(dout, cache):
    rows, weights, like = cache["rows"], cache["weights"], cache["like"]
    dx = (dout[:, None, :] * weights[None]).sum(axis=2).reshape(like.shape)
    dw = (rows[:, :, None] * dout[:, None, :]).sum(axis=0)
    return dx.astype(like.dtype), dw.astype(like.dtype), np.add.reduce(dout)


def relu_forward(x):
    out = np.array(x)
    np.putmask(out, x < 0, 0)
    return out, out


def relu_backward(dout, cache):
    dx = np.zeros(dout.shape, dout.dtype)
    np.copyto(dx, dout, where=cache > 0)
    return dx


def softmax_loss(x, y):
    scores = np.asarray(x, LONG)
    differences = scores - np.take_along_axis(scores, y[:, None], 1)
    # The probability of the right class is one over the sum of exponentials of differences to it.
    top = differences.max(axis=1, keepdims=True)
    log_sums = top + np.log(np.exp(differences - top).sum(axis=1, keepdims=True))
    dx = np.exp(differences - log_sums)
    dx[differences == 0] -= (np.arange(x.shape[1])[None] == y[:, None])[differences == 0]
    return float(log_sums.mean()), (dx / len(y)).astype(x.dtype)


def svm_loss(x, y):
    terms = [(n, c) for n in range(len(y)) for c in range(x.shape[1]) if c != y[n] and x[n, c] + 1 > x[n, y[n]]]
    dx = np.zeros_like(x)
    for n, c in terms:
        dx[n, c] += 1 / len(y)
        dx[n, y[n]] -= 1 / len(y)
    return sum(x[n, c] + 1 - x[n, y[n]] for n, c in terms) / len(y), dx


def _statistics(x, axis, eps):
    x = np.asarray(x, LONG)
    mean = x.mean(axis=axis, keepdims=True)
    var = (x * x).mean(axis=axis, keepdims=True) - mean * mean
    return x, mean, var, np.sqrt(var + LONG(eps))


def _back(upstream, x, mean, std, axis):
    """The quotient rule for (x - mean) / std, where both depend on x."""
    upstream = np.asarray(upstream, LONG)
    count = np.prod([x.shape[a] for a in axis])
    numerator = (upstream - upstream.mean(axis=axis, keepdims=True)) * std
    dstd = (x - mean) / (count * std)
    return (numerator - (upstream * (x - mean)).sum(axis=axis, keepdims=True) * dstd) / std**2


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError("mode: train or test")
    eps, momentum = bn_param.get("eps", 1e-5), LONG(bn_param.get("momentum", 0.9))
    old = [np.asarray(bn_param.get(k, np.zeros(x.shape[1])), LONG) for k in ("running_mean", "running_var")]
    if bn_param["mode"] == "train":
        long, mean, var, std = _statistics(x, (0,), eps)
        new = [momentum * o + (1 - momentum) * v[0] for o, v in zip(old, (mean, var), strict=True)]
        cache = {"x": long, "mean": mean, "std": std, "gamma": np.asarray(gamma, LONG)}
    else:
        long, mean, std, new, cache = np.asarray(x, LONG), old[0], np.sqrt(old[1] + LONG(eps)), old, None
    bn_param["running_mean"], bn_param["running_var"] = (v.astype(x.dtype) for v in new)
    return (gamma * ((long - mean) / std) + beta).astype(x.dtype), cache


def batchnorm_backward(dout, cache):
    x, mean, std, gamma = cache["x"], cache["mean"], cache["std"], cache["gamma"]
    dx = _back(dout * gamma, x, mean, std, (0,))
    return dx.astype(dout.dtype), (dout * (x - mean) / std).sum(0).astype(dout.dtype), dout.sum(0)


def batchnorm_backward_alt(dout, cache):
    x, mean, std, gamma = cache["x"], cache["mean"], cache["std"], cache["gamma"]
    x_hat, long = (x - mean) / std, np.asarray(dout, LONG)
    # The upstream gradient of each feature without its mean and its projection on the normalized values.
    projections = np.einsum("nd,nd->d", x_hat, long) / len(x)
    dx = (long - long.mean(0) - x_hat * projections) * gamma / std
    return dx.astype(dout.dtype), (dout * x_hat).sum(0).astype(dout.dtype), dout.sum(0)


def layernorm_forward(x, gamma, beta, ln_param):
    long, mean, _, std = _statistics(x, (1,), ln_param.get("eps", 1e-5))
    out = gamma * ((long - mean) / std) + beta
    return out.astype(x.dtype), (long, mean, std, gamma)


def layernorm_backward(dout, cache):
    x, mean, std, gamma = cache
    dx = _back(dout * gamma, x, mean, std, (1,))
    return dx.astype(dout.dtype), (dout * (x - mean) / std).sum(0).astype(dout.dtype), dout.sum(0)


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] not in ("train", "test") or not 0 < dropout_param["p"] <= 1:
        raise ValueError("mode: train or test, p: above 0 and at most 1")
    p = dropout_param["p"]
    if dropout_param["mode"] == "test":
        return x, "test"
    if "seed" in dropout_param and dropout_param["seed"] is not None:
        np.random.seed(dropout_param["seed"])
    # A draw between 0 and 1, raised by p: its whole part is 1 with probability p.
    mask = np.floor(np.random.random_sample(x.shape) + p)
    return np.divide(x * mask, p).astype(x.dtype), (mask, p)


def dropout_backward(dout, cache):
    return dout if isinstance(cache, str) else np.divide(dout * cache[0], cache[1]).astype(dout.dtype)


def _view(x, height, width, stride):
    n, c, h, w = x.shape
    a, b, i, j = x.strides
    shape = (n, c, 1 + (h - height) // stride, 1 + (w - width) // stride, height, width)
    return as_strided(x, shape, (a, b, i * stride, j * stride, i, j), writeable=False)


def conv_forward_naive(x, w, b, conv_param):
    check_window((x.shape[2] + 2 * conv_param["pad"], x.shape[3] + 2 * conv_param["pad"]), w.shape[2:])
    pad, stride = conv_param["pad"], conv_param["stride"]
    n, c, h, width = x.shape
    padded = np.zeros((n, c, h + 2 * pad, width + 2 * pad), x.dtype)
    padded[:, :, pad : pad + h, pad : pad + width] = x
    out = np.tensordot(_view(padded, *w.shape[2:], stride), w, axes=([1, 4, 5], [1, 2, 3]))
    return np.moveaxis(out + b, -1, 1), (padded, w, stride, pad, x.shape)


def conv_backward_naive(dout, cache):
    padded, w, stride, pad, shape = cache
    height, width = w.shape[2:]
    # A convolution of the upstream gradient, spread out and padded, with the filters rotated by 180 degrees.
    spread = np.zeros((*dout.shape[:2], padded.shape[2] + height - 1, padded.shape[3] + width - 1), dout.dtype)
    rows = height - 1 + stride * np.arange(dout.shape[2])
    columns = width - 1 + stride * np.arange(dout.shape[3])
    spread[:, :, rows[:, None], columns] = dout
    turned = w[:, :, ::-1, ::-1]
    dpadded = np.moveaxis(np.tensordot(_view(spread, height, width, 1), turned, axes=([1, 4, 5], [0, 2, 3])), -1, 1)
    dw = np.tensordot(dout, _view(padded, height, width, stride), axes=([0, 2, 3], [0, 2, 3]))
    return dpadded[:, :, pad : pad + shape[2], pad : pad + shape[3]], dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward_naive(x, pool_param):
    check_window(x.shape[2:], (pool_param["pool_height"], pool_param["pool_width"]))
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    flat = np.arange(x.size).reshape(x.shape)
    windows = _view(np.ascontiguousarray(x), height, width, stride)
    places = _view(flat, height, width, stride)
    order = windows.reshape(*windows.shape[:4], -1).argsort(axis=-1)[..., -1:]
    winners = np.take_along_axis(places.reshape(*places.shape[:4], -1), order, -1)[..., 0]
    return x.ravel()[winners], (x.shape, winners)


def max_pool_backward_naive(dout, cache):
    shape, winners = cache
    dx = np.bincount(winners.ravel(), weights=dout.ravel(), minlength=int(np.prod(shape)))
    return dx.reshape(shape).astype(dout.dtype)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    n, c, h, w = x.shape
    out, cache = batchnorm_forward(np.rollaxis(x, 1, 4).reshape(-1, c), gamma, beta, bn_param)
    return np.rollaxis(out.reshape(n, h, w, c), 3, 1), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(np.rollaxis(dout, 1, 4).reshape(-1, c), cache)
    return np.rollaxis(dx.reshape(n, h, w, c), 3, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    grouped = x.reshape(len(x), G, x.shape[1] // G, *x.shape[2:])
    long, mean, _, std = _statistics(grouped, (2, 3, 4), gn_param.get("eps", 1e-5))
    x_hat = ((long - mean) / std).reshape(x.shape)
    return (gamma * x_hat + beta).astype(x.dtype), (long, mean, std, np.asarray(gamma), x_hat)


def spatial_groupnorm_backward(dout, cache):
    long, mean, std, gamma, x_hat = cache
    dx = _back((dout * gamma).reshape(long.shape), long, mean, std, (2, 3, 4))
    dgamma = (dout * x_hat).sum((0, 2, 3), keepdims=True)
    return dx.reshape(dout.shape).astype(dout.dtype), dgamma.astype(dout.dtype), dout.sum((0, 2, 3), keepdims=True)
