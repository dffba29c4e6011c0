"""Identities of the chapter on initialisation: expectations over weights are sums over all signs and therefore exact."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.random import Generator

from coursenn.layer_utils import affine_relu_backward, affine_relu_forward
from coursenn.layers import affine_forward, relu_forward, softmax_loss
from tests.book.identities.registry import Array, Pairs, identity


def _signs(count: int) -> Array:
    """Return all rows of plus and minus ones, shape (2**count, count)."""
    return np.array(list(itertools.product((-1.0, 1.0), repeat=count)))


@identity("init-forward", "Mean square of `affine_forward` over all weights of plus and minus sigma.")
def forward(rng: Generator) -> Pairs:
    x, sigma = rng.standard_normal((1, 6)), 0.7
    z = affine_forward(x, sigma * _signs(6).T, np.zeros(64))[0]
    yield (z**2).mean(), 6 * sigma**2 * (x**2).mean()


@identity("init-relu", "Mean square after `relu_forward`, over all weights of plus and minus sigma.")
def relu(rng: Generator) -> Pairs:
    z = rng.standard_normal((1, 6)) @ _signs(6).T
    yield (relu_forward(z)[0] ** 2).mean(), (z**2).mean() / 2


@identity("init-depth", "Mean square after two affine-ReLU layers (3, 2 and 2 units), over all 1,024 combinations of signs of the weights.")
def depth(rng: Generator) -> Pairs:
    x, first, second = rng.standard_normal((1, 3)), 0.7, 1.3
    squares = []
    for signs in _signs(10):
        h = affine_relu_forward(x, first * signs[:6].reshape(3, 2), np.zeros(2))[0]
        h = affine_relu_forward(h, second * signs[6:].reshape(2, 2), np.zeros(2))[0]
        squares.append((h**2).mean())
    yield np.mean(squares), (x**2).mean() * (3 * first**2 / 2) * (2 * second**2 / 2)


@identity("init-he", "Mean square before and after an affine-ReLU layer with this variance of the weights.")
def he(rng: Generator) -> Pairs:
    x = rng.standard_normal((1, 8))
    out = affine_relu_forward(x, np.sqrt(2 / 8) * _signs(8).T, np.zeros(256))[0]
    yield (out**2).mean(), (x**2).mean()


@identity("init-backward", "Mean square of the gradient of x over all signs of the weights and of the upstream gradient.")
def backward(rng: Generator) -> Pairs:
    x, sizes, sigma = rng.standard_normal((1, 2)), np.abs(rng.standard_normal(3)), 0.7
    squares = []
    for signs in _signs(9):
        _, cache = affine_relu_forward(x, sigma * signs[:6].reshape(2, 3), np.zeros(3))
        squares.append(affine_relu_backward((sizes * signs[6:])[None, :], cache)[0] ** 2)
    yield np.mean(squares, axis=0)[0], np.full(2, 3 * sigma**2 / 2 * (sizes**2).mean())


@identity("init-glorot", "Forward and backward factor of one weight matrix.")
def glorot(rng: Generator) -> Pairs:
    d, m = 2, 3
    signs = np.sqrt(2 / (d + m)) * _signs(d * m).reshape(-1, d, m)
    x, dout = rng.standard_normal(d), rng.standard_normal(m)
    forward = (np.einsum("d,sdm->sm", x, signs) ** 2).mean() / (x**2).mean()
    back = (np.einsum("m,sdm->sd", dout, signs) ** 2).mean() / (dout**2).mean()
    yield forward, 2 * d / (d + m)
    yield back, 2 * m / (d + m)
    yield forward + back, 2.0


@identity("init-telescope", "Product of the backward factors of six layers.")
def telescope(rng: Generator) -> Pairs:
    widths = rng.integers(1, 500, size=7)
    sigma2 = 2 / widths[:-1]
    yield np.prod(widths[1:] * sigma2 / 2), widths[-1] / widths[0]


@identity("init-angle", "Mean product of two ReLUs over all directions of the weights, by the trapezoidal rule.", below=1e-6)
def angle(rng: Generator) -> Pairs:
    # For normal weights, the angle of the projection onto the plane of the two inputs is uniform, and its length is a factor.
    phi = 2 * np.pi * np.arange(20_000) / 20_000
    for theta in rng.uniform(0, np.pi, size=3):
        both = relu_forward(np.cos(phi))[0] * relu_forward(np.cos(phi - theta))[0]
        one = relu_forward(np.cos(phi))[0] ** 2
        yield both.mean() / one.mean(), (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi


@identity(
    "init-first-loss",
    "Mean of `softmax_loss` over all signs of scores of 0.1 and all labels; the rest is of second order in v.",
    below=1e-4,
)
def first_loss(rng: Generator) -> Pairs:
    v, classes = 0.01, 4
    scores = np.sqrt(v) * _signs(classes)
    losses = [softmax_loss(scores, np.full(len(scores), label))[0] for label in range(classes)]
    yield np.mean(losses), np.log(classes) + v / 2 * (1 - 1 / classes)
