"""Right layers in another style: loops over examples, features and pixels, lists as caches, and printed warnings."""

import sys

import numpy as np

from coursenn.layers import check_window


def affine_forward(x, w, b):
    print("affine_forward", x.shape)
    out = np.zeros((x.shape[0], w.shape[1]), dtype=np.result_type(x, w))
    for n in range(x.shape[0]):
        for m in range(w.shape[1]):
            out[n, m] = np.dot(x[n].flatten(), w[:, m]) + b[m]
    return out, [x, w, b]


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(len(x)):
        dx[n] = w.dot(dout[n]).reshape(x[n].shape)
        dw += np.outer(x[n].ravel(), dout[n])
        db += dout[n]
    return [dx, dw, db]


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, [x]


def relu_backward(dout, cache):
    (x,) = cache
    dx = np.array(dout)
    dx[x <= 0] = 0
    return dx


def softmax_loss(x, y):
    print("a warning of my own", file=sys.stderr)
    loss, dx = 0.0, np.zeros_like(x)
    for n, label in enumerate(y):
        scores = x[n] - np.max(x[n])
        exponentials = np.exp(scores)
        loss += np.log(np.sum(exponentials)) - scores[label]
        dx[n] = exponentials / np.sum(exponentials)
        dx[n, label] -= 1
    return loss / len(y), dx / len(y)


def svm_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            margin = x[n, c] - x[n, y[n]] + 1.0
            if c != y[n] and margin > 0:
                loss += margin
                dx[n, c] += 1
                dx[n, y[n]] -= 1
    return loss / x.shape[0], dx / x.shape[0]


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError("mode: train or test")
    N, D = x.shape
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    means, variances = (np.array(bn_param.get(k, np.zeros(D)), dtype=x.dtype) for k in ("running_mean", "running_var"))
    out, cache = np.zeros_like(x), []
    for d in range(D):
        if bn_param["mode"] == "train":
            mean = sum(x[:, d]) / N
            variance = sum((x[:, d] - mean) ** 2) / N
            means[d] = momentum * means[d] + (1 - momentum) * mean
            variances[d] = momentum * variances[d] + (1 - momentum) * variance
        else:
            mean, variance = means[d], variances[d]
        out[:, d] = gamma[d] * (x[:, d] - mean) / np.sqrt(variance + eps) + beta[d]
        cache.append([x[:, d] - mean, variance + eps, gamma[d]])
    bn_param["running_mean"] = means
    bn_param["running_var"] = variances
    return out, cache


def _gradients_of_a_norm(dout, cache):
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros_like(dout), np.zeros(D, dout.dtype), np.zeros(D, dout.dtype)
    for d, (centered, variance, gamma) in enumerate(cache):
        dgamma[d] = np.dot(dout[:, d], centered) / np.sqrt(variance)
        dbeta[d] = np.sum(dout[:, d])
        # The Jacobian of one feature times its upstream gradient.
        across = dbeta[d] / N + centered * np.dot(centered, dout[:, d]) / (N * variance)
        dx[:, d] = gamma * (dout[:, d] - across) / np.sqrt(variance)
    return dx, dgamma, dbeta


def batchnorm_backward(dout, cache):
    return _gradients_of_a_norm(dout, cache)


def batchnorm_backward_alt(dout, cache):
    return _gradients_of_a_norm(dout, cache)


def layernorm_forward(x, gamma, beta, ln_param):
    # By transposing: each example is a feature of batch normalization in training mode.
    out, cache = batchnorm_forward(x.T, np.ones(len(x)), np.zeros(len(x)), {"mode": "train", "eps": ln_param.get("eps", 1e-5)})
    return (gamma * out.T + beta).astype(x.dtype), [gamma, out.T, cache]


def layernorm_backward(dout, cache):
    gamma, normalized, inner = cache
    dx, _, _ = batchnorm_backward((dout * gamma).T, inner)
    return dx.T, np.sum(dout * normalized, axis=0), np.sum(dout, axis=0)


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] not in ("train", "test") or not 0 < dropout_param["p"] <= 1:
        raise ValueError("mode: train or test, p: above 0 and at most 1")
    p, mode = dropout_param["p"], dropout_param["mode"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = x
    if mode == "train":
        mask = np.random.binomial(1, p, size=x.shape)
        out = x * mask / p
    return out.astype(x.dtype), [p, mask]


def dropout_backward(dout, cache):
    p, mask = cache
    return dout if mask is None else (dout * mask / p).astype(dout.dtype)


def conv_forward_naive(x, w, b, conv_param):
    check_window((x.shape[2] + 2 * conv_param["pad"], x.shape[3] + 2 * conv_param["pad"]), w.shape[2:])
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    big = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    big[:, :, pad : pad + H, pad : pad + W] = x
    out = np.zeros((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1), x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        out[n, f, i, j] = np.sum(big[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW] * w[f]) + b[f]
    return out, [x.shape, big, w, stride, pad]


def conv_backward_naive(dout, cache):
    shape, big, w, stride, pad = cache
    HH, WW = w.shape[2:]
    dbig, dw, db = np.zeros_like(big), np.zeros_like(w), np.zeros(len(w), dout.dtype)
    for n, f, i, j in np.ndindex(dout.shape):
        window = np.s_[n, :, i * stride : i * stride + HH, j * stride : j * stride + WW]
        dbig[window] += w[f] * dout[n, f, i, j]
        dw[f] += big[window] * dout[n, f, i, j]
        db[f] += dout[n, f, i, j]
    return dbig[:, :, pad : pad + shape[2], pad : pad + shape[3]], dw, db


def max_pool_forward_naive(x, pool_param):
    check_window(x.shape[2:], (pool_param["pool_height"], pool_param["pool_width"]))
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - height) // stride + 1, (W - width) // stride + 1), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = np.max(x[n, c, i * stride : i * stride + height, j * stride : j * stride + width])
    return out, [x, out, height, width, stride]


def max_pool_backward_naive(dout, cache):
    x, out, height, width, stride = cache
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        window = np.s_[n, c, i * stride : i * stride + height, j * stride : j * stride + width]
        largest = x[window] == out[n, c, i, j]
        dx[window] += largest * dout[n, c, i, j] / largest.sum()
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    rows = np.stack([x[:, c].ravel() for c in range(x.shape[1])], axis=1)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return np.stack([out[:, c].reshape(x[:, 0].shape) for c in range(x.shape[1])], axis=1), cache


def spatial_batchnorm_backward(dout, cache):
    rows = np.stack([dout[:, c].ravel() for c in range(dout.shape[1])], axis=1)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return np.stack([dx[:, c].reshape(dout[:, 0].shape) for c in range(dout.shape[1])], axis=1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    if x.shape[1] % G:
        raise ValueError("G")
    size = x.shape[1] // G
    normalized, caches = np.zeros_like(x), {}
    for n in range(len(x)):
        for g in range(G):
            part = np.s_[n, g * size : (g + 1) * size]
            flat = x[part].reshape(-1, 1)
            out, caches[n, g] = batchnorm_forward(flat, [1.0], [0.0], {"mode": "train", "eps": gn_param.get("eps", 1e-5)})
            normalized[part] = out.reshape(x[part].shape)
    return gamma * normalized + beta, [gamma, normalized, caches, size]


def spatial_groupnorm_backward(dout, cache):
    gamma, normalized, caches, size = cache
    dx, upstream = np.zeros_like(dout), dout * gamma
    for (n, g), inner in caches.items():
        part = np.s_[n, g * size : (g + 1) * size]
        dx[part] = batchnorm_backward(upstream[part].reshape(-1, 1), inner)[0].reshape(dx[part].shape)
    sums = ((dout * normalized).sum((0, 2, 3)), dout.sum((0, 2, 3)))
    return dx, sums[0][None, :, None, None], sums[1][None, :, None, None]
