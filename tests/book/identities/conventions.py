"""Identities of the page on conventions: the translations, each with the reference on one side."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from coursenn.classifiers.fc_net import TwoLayerNet
from coursenn.layers import affine_forward, batchnorm_forward, conv_forward_naive, dropout_forward
from coursenn.optim import adam, sgd_momentum
from tests.book.identities.registry import Pairs, identity

N, D = 6, 4


@identity("convention-running", "Running averages of `batchnorm_forward` against the other form, with one minus the momentum.")
def running(rng: Generator) -> Pairs:
    param, other = {"mode": "train", "momentum": 0.8}, np.zeros(D)
    for _ in range(5):
        x = rng.standard_normal((N, D)) + 1
        batchnorm_forward(x, np.ones(D), np.zeros(D), param)
        other += (1 - 0.8) * (x.mean(axis=0) - other)
    yield param["running_mean"], other


@identity("convention-keep", "Kept entries of `dropout_forward` against the division by one minus the share that is dropped.")
def keep(rng: Generator) -> Pairs:
    x, drop = rng.standard_normal((N, D)), 0.3
    out = dropout_forward(x, {"mode": "train", "p": 1 - drop, "seed": 1})[0]
    yield out, (out != 0) * x / (1 - drop)


@identity("convention-variance", "The variance that `batchnorm_forward` stores, times the factor, against `ddof=1`.")
def variance(rng: Generator) -> Pairs:
    x, param = rng.standard_normal((N, D)), {"mode": "train", "momentum": 0.0}
    batchnorm_forward(x, np.ones(D), np.zeros(D), param)
    yield param["running_var"] * N / (N - 1), x.var(axis=0, ddof=1)


@identity("convention-momentum", "Five steps of `sgd_momentum` against the form with the rate outside.")
def momentum(rng: Generator) -> Pairs:
    w, u, gradients = rng.standard_normal(D), np.zeros(D), rng.standard_normal((5, D))
    moved, config = w, {"learning_rate": 0.3, "momentum": 0.8}
    for g in gradients:
        moved, config = sgd_momentum(moved, g, config)
        u = 0.8 * u + g
        w = w - 0.3 * u
    yield moved, w
    yield config["velocity"], -0.3 * u


@identity("convention-epsilon", "Five steps of `adam` against the form with a rate and an epsilon that depend on the step.")
def epsilon(rng: Generator) -> Pairs:
    w, config, eps = rng.standard_normal(D), {"learning_rate": 0.3, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.1}, 0.1
    for t in range(1, 6):
        moved, config = adam(w, rng.standard_normal(D), config)
        rate = 0.3 * np.sqrt(1 - 0.95**t) / (1 - 0.8**t)
        yield moved, w - rate * config["m"] / (np.sqrt(config["v"]) + eps * np.sqrt(1 - 0.95**t))
        w = moved


def _same(size: int, window: int, stride: int) -> tuple[int, int, int]:
    """Return the output size, and the padding above and below, that Keras uses for "same"."""
    out = -(-size // stride)
    total = max((out - 1) * stride + window - size, 0)
    return out, total // 2, total - total // 2


@identity("convention-same", "Output sizes of `conv_forward_naive` for padded images, and its outputs if the paddings agree.")
def same(rng: Generator) -> Pairs:
    for size, window, stride in ((32, 3, 2), (33, 3, 2), (9, 2, 1), (11, 5, 3), (7, 1, 2)):
        out, above, below = _same(size, window, stride)
        x, w = rng.standard_normal((1, 1, size, 4)), rng.standard_normal((1, 1, window, 1))
        padded = np.pad(x, ((0, 0), (0, 0), (above, below), (0, 0)))
        y = conv_forward_naive(padded, w, np.zeros(1), {"stride": stride, "pad": 0})[0]
        yield y.shape[2], -(-size // stride)
        yield out, y.shape[2]
    x, w = rng.standard_normal((1, 1, 33, 33)), rng.standard_normal((1, 1, 3, 3))
    _, above, below = _same(33, 3, 2)
    padded = np.pad(x, ((0, 0), (0, 0), (above, below), (above, below)))
    both = [conv_forward_naive(a, w, np.zeros(1), {"stride": 2, "pad": p})[0] for a, p in ((padded, 0), (x, 1))]
    yield both[0], both[1]


@identity("convention-l2", "What regularization adds to the loss and the gradient of `TwoLayerNet`, in both forms.")
def l2(rng: Generator) -> Pairs:
    np.random.seed(0)
    net = TwoLayerNet(D, 3, 2, weight_scale=1.0)
    x, y = rng.standard_normal((N, D)), rng.integers(2, size=N)
    bare, gradients = net.loss(x, y)
    net.reg = 0.6
    loss, regularized = net.loss(x, y)
    yield loss - bare, 0.3 * sum(np.sum(net.params[name] ** 2) for name in ("W1", "W2"))
    yield regularized["W2"] - gradients["W2"], 2 * 0.3 * net.params["W2"]


@identity("convention-layout", "`conv_forward_naive` and `affine_forward` against products in the other layouts.")
def layout(rng: Generator) -> Pairs:
    x, w = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((4, 3, 2, 2))
    last, filters = x.transpose(0, 2, 3, 1), w.transpose(2, 3, 1, 0)
    windows = np.lib.stride_tricks.sliding_window_view(last, (2, 2), axis=(1, 2))
    out = conv_forward_naive(x, w, np.zeros(4), {"stride": 1, "pad": 0})[0]
    yield out.transpose(0, 2, 3, 1), np.einsum("nijckl,klcf->nijf", windows, filters)
    rows, weights = rng.standard_normal((N, D)), rng.standard_normal((3, D))
    yield affine_forward(rows, weights.T, np.zeros(3))[0], np.einsum("nd,md->nm", rows, weights)
