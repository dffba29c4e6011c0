"""Identities of the chapter on dropout: expectations are sums over all masks and therefore exact."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.random import Generator

from coursenn.layers import affine_forward, dropout_backward, dropout_forward, relu_forward, softmax_loss
from tests.book.identities.registry import Array, Pairs, identity

D, M, P = 7, 3, 0.3


def _masks(p: float = P) -> tuple[Array, Array]:
    """Return all masks of D units, shape (2**D, D), and their probabilities."""
    masks = np.array(list(itertools.product((0.0, 1.0), repeat=D)))
    kept = masks.sum(axis=1)
    return masks, p**kept * (1 - p) ** (D - kept)


@identity("dropout", "`dropout_forward` against the input times the mask that its zeros show.")
def forward(rng: Generator) -> Pairs:
    x = rng.standard_normal((50, D))
    for p in (0.3, 0.8):
        out, _ = dropout_forward(x, {"mode": "train", "p": p, "seed": 5})
        yield out, np.where(out == 0, 0, 1) / p * x
    yield dropout_forward(x, {"mode": "test", "p": 0.3})[0] + 0, x


@identity("dropout-moments", "First and second moments, summed over all masks.")
def moments(rng: Generator) -> Pairs:
    x = rng.standard_normal(D)
    masks, weight = _masks()
    y = masks / P * x
    yield weight @ y, x
    yield weight @ y**2, x**2 / P
    yield weight @ (y - x) ** 2, (1 - P) / P * x**2


@identity("dropout-relu", "`dropout_forward` and `relu_forward` in both orders, with one seed.")
def commutes(rng: Generator) -> Pairs:
    x = rng.standard_normal((20, D))
    param = {"mode": "train", "p": P, "seed": 3}
    yield relu_forward(dropout_forward(x, param)[0])[0], dropout_forward(relu_forward(x)[0], param)[0]


@identity("dropout-sum", "Mean and variance of a weighted sum, over all masks.")
def weighted_sum(rng: Generator) -> Pairs:
    x, w = rng.standard_normal((2, D))
    masks, weight = _masks()
    z = masks / P * x @ w
    yield weight @ z, x @ w
    yield weight @ (z - x @ w) ** 2, (1 - P) / P * np.sum(w**2 * x**2)


@identity("dropout-backward", "`dropout_backward` against the transpose of the layer's matrix, column by column.")
def backward(rng: Generator) -> Pairs:
    x, dout = rng.standard_normal((2, 1, D))
    param = {"mode": "train", "p": P, "seed": 3}
    _, cache = dropout_forward(x, param)
    matrix = np.stack([dropout_forward(e[None], param)[0][0] for e in np.eye(D)], axis=1)
    yield dropout_backward(dout, cache)[0], matrix.T @ dout[0]


@identity("dropout-ensemble", "Mean of `affine_forward` over all masks against one pass in test mode.")
def ensemble(rng: Generator) -> Pairs:
    x, w = rng.standard_normal((1, D)), rng.standard_normal((D, M))
    masks, weight = _masks()
    members = affine_forward(masks / P * x, w, np.zeros(M))[0]
    yield weight @ members, affine_forward(dropout_forward(x, {"mode": "test", "p": P})[0], w, np.zeros(M))[0][0]


@identity("dropout-geometric", "Geometric mean of `softmax_loss` probabilities over all masks against one pass in test mode.")
def geometric(rng: Generator) -> Pairs:
    x, w = rng.standard_normal((1, D)), rng.standard_normal((D, M))
    masks, weight = _masks()
    scores = masks / P * x @ w
    log_p = np.array([[-softmax_loss(s[None], np.array([c]))[0] for c in range(M)] for s in scores])
    mean = np.exp(weight @ log_p)
    test = [np.exp(-softmax_loss(x @ w, np.array([c]))[0]) for c in range(M)]
    yield mean / mean.sum(), np.array(test)


@identity("dropout-jensen", "The amount by which the left side is below the right one, which is zero for 200 random layers.")
def jensen(rng: Generator) -> Pairs:
    masks, weight = _masks()
    gaps = []
    for _ in range(200):
        x, w = rng.standard_normal((1, D)), rng.standard_normal((D, M))
        gaps.append(weight @ relu_forward(masks / P * x @ w)[0] - relu_forward(x @ w)[0][0])
    yield np.minimum(gaps, 0) + 1, np.ones((200, M))


@identity("dropout-ridge", "Mean squared loss over all masks of three examples, one at a time, against the penalty.")
def ridge(rng: Generator) -> Pairs:
    x, w, t = rng.standard_normal((3, D)), rng.standard_normal(D), rng.standard_normal(3)
    masks, weight = _masks()
    left = sum(weight @ (t[n] - masks / P * x[n] @ w) ** 2 for n in range(3))
    yield left, np.sum((t - x @ w) ** 2) + (1 - P) / P * np.sum(w**2 * (x**2).sum(axis=0))


@identity("dropout-shift", "Variance over examples and masks against the variance over examples.")
def shift(rng: Generator) -> Pairs:
    x = rng.standard_normal(9) + 1
    values, weight = np.concatenate([x / P, np.zeros(9)]), np.repeat([P / 9, (1 - P) / 9], 9)
    mean = weight @ values
    yield weight @ (values - mean) ** 2, x.var() + (1 - P) / P * np.mean(x**2)
