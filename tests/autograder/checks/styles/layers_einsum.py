"""Right layers in another style: einsum, views, dictionaries as caches, gradients with kept dimensions."""

import numpy as np


def affine_forward(x, w, b):
    return np.einsum("nd,dm->nm", x.reshape(len(x), -1), w) + b[None], {"x": x, "w": w}


def affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    dx = np.einsum("nm,dm->nd", dout, w).reshape(x.shape)
    return dx, np.einsum("nd,nm->dm", x.reshape(len(x), -1), dout), dout.sum(axis=0, keepdims=True)


def relu_forward(x):
    return np.where(x > 0, x, np.zeros_like(x)), {"positive": x > 0}


def relu_backward(dout, cache):
    return np.where(cache["positive"], dout, np.zeros_like(dout))


def softmax_loss(x, y):
    top = x.max(axis=1)
    log_sum = top + np.log(np.exp(x - top[:, None]).sum(axis=1))
    one_hot = np.eye(x.shape[1], dtype=x.dtype)[y]
    loss = np.mean(log_sum - np.einsum("nc,nc->n", x, one_hot))
    return loss, (np.exp(x - log_sum[:, None]) - one_hot) / x.shape[0]


def svm_loss(x, y):
    one_hot = np.eye(x.shape[1], dtype=x.dtype)[y]
    excess = (x - np.sum(x * one_hot, axis=1, keepdims=True) + 1) * (1 - one_hot)
    violated = (excess > 0).astype(x.dtype)
    loss = np.sum(excess * violated) / len(x)
    return loss, (violated - one_hot * violated.sum(axis=1, keepdims=True)) / len(x)


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError("mode: train or test")
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    zeros = np.zeros((1, x.shape[1]), dtype=x.dtype)
    bn_param.setdefault("running_mean", zeros)
    bn_param.setdefault("running_var", zeros)
    if bn_param["mode"] == "test":
        scale = gamma / np.sqrt(bn_param["running_var"] + eps)
        return x * scale + (beta - bn_param["running_mean"] * scale), None
    # E[x^2] - E[x]^2 would lose digits; np.var does not.
    mu, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
    for name, value in (("running_mean", mu), ("running_var", var)):
        bn_param[name] = bn_param[name] + (1 - momentum) * (value - bn_param[name])
    inverse = (var + eps) ** -0.5
    normalized = (x - mu) * inverse
    return normalized * gamma + beta, {"xn": normalized, "inverse": inverse, "gamma": gamma}


def _project(upstream, normalized, inverse, axis):
    """Remove the components along the ones and along the normalized values from the upstream gradient."""
    along = (upstream * normalized).mean(axis=axis, keepdims=True) * normalized
    return (upstream - upstream.mean(axis=axis, keepdims=True) - along) * inverse


def batchnorm_backward(dout, cache):
    dx = _project(dout * cache["gamma"], cache["xn"], cache["inverse"], 0)
    return dx, np.einsum("nd,nd->d", dout, cache["xn"])[None], dout.sum(axis=0)[None]


def batchnorm_backward_alt(dout, cache):
    dx = cache["gamma"] * _project(dout, cache["xn"], cache["inverse"], 0)
    return dx, (dout * cache["xn"]).sum(0, keepdims=True), dout.sum(0, keepdims=True)


def layernorm_forward(x, gamma, beta, ln_param):
    inverse = (x.var(axis=1, keepdims=True) + ln_param.get("eps", 1e-5)) ** -0.5
    normalized = (x - x.mean(axis=1, keepdims=True)) * inverse
    return normalized * gamma + beta, {"xn": normalized, "inverse": inverse, "gamma": gamma}


def layernorm_backward(dout, cache):
    dx = _project(dout * cache["gamma"], cache["xn"], cache["inverse"], 1)
    return dx, (dout * cache["xn"]).sum(0, keepdims=True), dout.sum(0, keepdims=True)


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] not in ("train", "test") or not 0 < dropout_param["p"] <= 1:
        raise ValueError("mode: train or test, p: above 0 and at most 1")
    # Its own generator, and a comparison the other way round.
    if dropout_param["mode"] == "test":
        return x.copy(), None
    generator = np.random.default_rng(dropout_param.get("seed"))
    mask = np.where(generator.random(x.shape) >= 1 - dropout_param["p"], 1 / dropout_param["p"], 0).astype(x.dtype)
    return x * mask, mask


def dropout_backward(dout, cache):
    return dout.copy() if cache is None else dout * cache


def _windows(x, height, width, stride):
    return np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]


def conv_forward_naive(x, w, b, conv_param):
    pad, stride = conv_param["pad"], conv_param["stride"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    view = _windows(padded, *w.shape[2:], stride)
    return np.einsum("nchwij,fcij->nfhw", view, w) + b.reshape(1, -1, 1, 1), {"padded": padded, "w": w, "param": conv_param}


def conv_backward_naive(dout, cache):
    padded, w, pad, stride = cache["padded"], cache["w"], cache["param"]["pad"], cache["param"]["stride"]
    height, width = dout.shape[2:]
    dw = np.einsum("nfhw,nchwij->fcij", dout, _windows(padded, *w.shape[2:], stride))
    dpadded = np.zeros_like(padded)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            target = dpadded[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
            target += np.einsum("nfhw,fc->nchw", dout, w[:, :, i, j])
    dx = dpadded[:, :, pad : dpadded.shape[2] - pad, pad : dpadded.shape[3] - pad]
    return dx, dw, np.einsum("nfhw->f", dout)


def max_pool_forward_naive(x, pool_param):
    view = _windows(x, pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"])
    return view.max(axis=(4, 5)), {"x": x, "param": pool_param}


def max_pool_backward_naive(dout, cache):
    x, param = cache["x"], cache["param"]
    dx = np.zeros_like(x)
    height, width, stride = param["pool_height"], param["pool_width"], param["stride"]
    out = _windows(x, height, width, stride).max(axis=(4, 5))
    rows, columns = dout.shape[2:]
    to_give = dout.copy()
    for i in range(height):
        for j in range(width):
            part = np.s_[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride]
            given = to_give * (x[part] == out)
            dx[part] += given
            to_give -= given
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(np.moveaxis(x, 1, 3).reshape(N * H * W, C), gamma, beta, bn_param)
    return np.moveaxis(out.reshape(N, H, W, C), 3, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(np.moveaxis(dout, 1, 3).reshape(N * H * W, C), cache)
    return np.moveaxis(dx.reshape(N, H, W, C), 3, 1), dgamma.ravel(), dbeta.ravel()


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G, H, W)
    inverse = (groups.var(axis=(2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5)) ** -0.5
    normalized = (groups - groups.mean(axis=(2, 3, 4), keepdims=True)) * inverse
    return normalized.reshape(x.shape) * gamma + beta, {"xn": normalized, "inverse": inverse, "gamma": gamma}


def spatial_groupnorm_backward(dout, cache):
    normalized = cache["xn"]
    upstream = (dout * cache["gamma"]).reshape(normalized.shape)
    dx = _project(upstream, normalized, cache["inverse"], (2, 3, 4)).reshape(dout.shape)
    dgamma = (dout * normalized.reshape(dout.shape)).sum(axis=(0, 2, 3))
    return dx, dgamma.reshape(1, -1, 1, 1), dout.sum(axis=(0, 2, 3)).reshape(1, -1, 1, 1)
