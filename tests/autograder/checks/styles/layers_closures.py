"""Right layers in another style: a cache is the backward function itself, and convolutions are sums of shifted images."""

import numpy as np

from coursenn.layers import check_window


def _call(dout, cache):
    return cache(dout)


affine_backward = _call
relu_backward = _call
batchnorm_backward = _call
batchnorm_backward_alt = _call
layernorm_backward = _call
dropout_backward = _call
conv_backward_naive = _call
max_pool_backward_naive = _call
spatial_batchnorm_backward = _call
spatial_groupnorm_backward = _call


def affine_forward(x, w, b):
    tensor = w.reshape(*x.shape[1:], -1)
    axes = list(range(1, x.ndim))

    def backward(dout):
        return np.tensordot(dout, tensor, axes=(1, -1)), np.tensordot(x, dout, axes=(0, 0)).reshape(w.shape), dout.sum(0)

    return np.tensordot(x, tensor, axes=(axes, list(range(x.ndim - 1)))) + b, backward


def relu_forward(x):
    positive = np.heaviside(x, 0.0).astype(x.dtype)
    return x * positive, lambda dout: dout * positive


def softmax_loss(x, y):
    log_partition = np.logaddexp.reduce(x, axis=1)
    losses = log_partition - x[range(len(y)), y]
    dx = np.exp(x - log_partition[:, np.newaxis])
    np.subtract.at(dx, (np.arange(len(y)), y), 1.0)
    return np.average(losses), np.divide(dx, len(y))


def svm_loss(x, y):
    wrong = np.ones(x.shape, bool)
    wrong[np.arange(len(y)), y] = False
    margins = np.where(wrong, np.clip(x - x[~wrong][:, None] + 1, 0, None), 0)
    dx = np.sign(margins)
    dx[~wrong] = -np.count_nonzero(margins, axis=1)
    return margins.sum(axis=1).mean(), dx / len(y)


def _normalized(x, axes, eps):
    """Mean and variance over some axes, the normalized array, and the backward pass, as in the paper."""
    count = int(np.prod([x.shape[a] for a in axes]))
    mean = np.sum(x, axis=axes, keepdims=True) / count
    var = np.sum(np.square(x - mean), axis=axes, keepdims=True) / count

    def backward(dx_hat):
        dvar = np.sum(dx_hat * (x - mean), axis=axes, keepdims=True) * -0.5 * (var + eps) ** -1.5
        dmean = -np.sum(dx_hat, axis=axes, keepdims=True) / np.sqrt(var + eps)
        dmean = dmean + dvar * np.sum(-2 * (x - mean), axis=axes, keepdims=True) / count
        return dx_hat / np.sqrt(var + eps) + dvar * 2 * (x - mean) / count + dmean / count

    return mean, var, (x - mean) / np.sqrt(var + eps), backward


def _scaled(x_hat, gamma, beta, sums, back):
    """Scale and shift, and all three gradients."""

    def backward(dout):
        shape = np.shape(gamma)
        return back(dout * gamma), np.sum(dout * x_hat, axis=sums).reshape(shape), np.sum(dout, axis=sums).reshape(shape)

    return gamma * x_hat + beta, backward


def _batchnorm(x, gamma, beta, param, axes):
    eps = param.get("eps", 1e-5)
    new = {k: param.get(k, np.zeros(np.size(gamma), x.dtype)) for k in ("running_mean", "running_var")}
    if param["mode"] == "test":
        mean, var = (v.reshape(np.shape(gamma)) for v in new.values())
        out, back = gamma * (x - mean) / np.sqrt(var + eps) + beta, None
    else:
        mean, var, x_hat, back = _normalized(x, axes, eps)
        for key, value in (("running_mean", mean), ("running_var", var)):
            new[key] = new[key] - (1 - param.get("momentum", 0.9)) * (new[key] - value.ravel())
        out, back = _scaled(x_hat, gamma, beta, axes, back)
    param.update(new)
    return out.astype(x.dtype), back


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError("mode: train or test")
    return _batchnorm(x, gamma, beta, bn_param, (0,))


def layernorm_forward(x, gamma, beta, ln_param):
    _, _, x_hat, back = _normalized(x, (1,), ln_param.get("eps", 1e-5))
    return _scaled(x_hat, gamma, beta, 0, back)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError("mode: train or test")
    out, back = _batchnorm(x, gamma.reshape(1, -1, 1, 1), beta.reshape(1, -1, 1, 1), bn_param, (0, 2, 3))
    return out, back and (lambda dout: [g.reshape(np.shape(gamma)) if i else g for i, g in enumerate(back(dout))])


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    parts = [_normalized(p, (1, 2, 3), gn_param.get("eps", 1e-5)) for p in np.split(x, G, axis=1)]

    def back(d):
        return np.concatenate([p[3](piece) for p, piece in zip(parts, np.split(d, G, axis=1), strict=True)], axis=1)

    return _scaled(np.concatenate([p[2] for p in parts], axis=1), gamma, beta, (0, 2, 3), back)


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] not in ("train", "test") or not 0 < dropout_param["p"] <= 1:
        raise ValueError("mode: train or test, p: above 0 and at most 1")
    if dropout_param["mode"] == "test":
        return np.array(x), lambda dout: np.array(dout)
    rng = np.random.default_rng(dropout_param.get("seed"))
    factors = np.zeros(x.shape, x.dtype)
    factors[rng.uniform(size=x.shape) <= dropout_param["p"]] = 1 / dropout_param["p"]
    return x * factors, lambda dout: dout * factors


def _shifted(image, i, j, rows, columns, stride):
    """A view of the pixels at position (i, j) of each window."""
    return image[:, :, i : i + stride * (rows - 1) + 1 : stride, j : j + stride * (columns - 1) + 1 : stride]


def conv_forward_naive(x, w, b, conv_param):
    check_window((x.shape[2] + 2 * conv_param["pad"], x.shape[3] + 2 * conv_param["pad"]), w.shape[2:])
    pad, stride = conv_param["pad"], conv_param["stride"]
    (n, _, h, wd), (f, _, hh, ww) = x.shape, w.shape
    rows, columns = 1 + (h + 2 * pad - hh) // stride, 1 + (wd + 2 * pad - ww) // stride
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((n, f, rows, columns), x.dtype) + b[:, None, None]
    for i, j in np.ndindex(hh, ww):
        out += np.einsum("ncij,fc->nfij", _shifted(padded, i, j, rows, columns, stride), w[:, :, i, j])

    def backward(dout):
        dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
        for i, j in np.ndindex(hh, ww):
            view = _shifted(dpadded, i, j, rows, columns, stride)
            view += np.einsum("nfij,fc->ncij", dout, w[:, :, i, j])
            dw[:, :, i, j] = np.einsum("nfij,ncij->fc", dout, _shifted(padded, i, j, rows, columns, stride))
        return dpadded[:, :, pad : h + pad, pad : wd + pad], dw, dout.sum((0, 2, 3))

    return out, backward


def max_pool_forward_naive(x, pool_param):
    check_window(x.shape[2:], (pool_param["pool_height"], pool_param["pool_width"]))
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows, columns = 1 + (x.shape[2] - hh) // stride, 1 + (x.shape[3] - ww) // stride
    out = np.full((*x.shape[:2], rows, columns), -np.inf, x.dtype)
    for i, j in np.ndindex(hh, ww):
        np.maximum(out, _shifted(x, i, j, rows, columns, stride), out=out)

    def backward(dout):
        dx = np.zeros_like(x)
        # Equal largest entries share the gradient.
        share = dout / sum((_shifted(x, i, j, rows, columns, stride) == out).astype(x.dtype) for i, j in np.ndindex(hh, ww))
        for i, j in np.ndindex(hh, ww):
            view = _shifted(dx, i, j, rows, columns, stride)
            view += np.where(_shifted(x, i, j, rows, columns, stride) == out, share, 0)
        return dx

    return out, backward
