"""Identities of the chapter on gradient checking: difference quotients of functions with known derivatives and of layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from coursenn.gradient_check import eval_numerical_gradient
from coursenn.layers import batchnorm_backward, batchnorm_forward, relu_forward
from tests.book.identities.registry import DIFFERENCE, Array, Pairs, identity, numeric_gradient

N, EPS = 7, 0.3


def _central(f: Callable[[Array], Array], x: Array, h: float) -> Array:
    """Return the course's centred difference for each entry of x."""
    gradient: Array = eval_numerical_gradient(lambda a: np.sum(f(a)), x, verbose=False, h=h)
    return gradient


@identity("grad-central", "Third powers, whose error is exactly h squared, with `eval_numerical_gradient` and a large step.")
def central(rng: Generator) -> Pairs:
    x, h = rng.standard_normal(5), 0.25
    yield _central(lambda a: a**3, x, h), 3 * x**2 + h**2 / 6 * 6


@identity("grad-forward", "Squares, whose one-sided error is exactly h.")
def forward(rng: Generator) -> Pairs:
    x, h = rng.standard_normal(5), 0.25
    yield ((x + h) ** 2 - x**2) / h, 2 * x + h / 2 * 2


@identity("grad-fourth", "Fifth powers, whose error is exactly four times the fourth power of h.")
def fourth(rng: Generator) -> Pairs:
    x, h = rng.standard_normal(5), 0.25
    yield numeric_gradient(lambda a: a**5, x, h=h), 5 * x**4 - h**4 / 30 * 120


@identity("grad-error", "The smallest of a million values of E(h), and where it is, against the formulas.", below=1e-5)
def best_step(rng: Generator) -> Pairs:
    u, f, third = 2.0**-53, *np.abs(rng.standard_normal(2))
    step = (3 * u * f / third) ** (1 / 3)
    steps = step * np.linspace(0.5, 2, 1_000_001)
    errors = steps**2 / 6 * third + u * f / steps
    yield steps[errors.argmin()] / step, 1.0
    yield errors.min() / (third / 2 * step**2), 1.0


@identity("grad-direction", "One random direction of `batchnorm_forward` against the gradient of `batchnorm_backward`.", below=DIFFERENCE)
def direction(rng: Generator) -> Pairs:
    x, dout, v = rng.standard_normal((3, N, 2))
    gamma, beta = rng.standard_normal((2, 2))
    dx = batchnorm_backward(dout, batchnorm_forward(x, gamma, beta, {"mode": "train"})[1])[0]
    along = numeric_gradient(lambda t: batchnorm_forward(x + t * v, gamma, beta, {"mode": "train"})[0], np.zeros(1), dout)
    yield along[0], np.sum(dx * v)


@identity("grad-moment", "Mean square over all directions of plus and minus ones.")
def moment(rng: Generator) -> Pairs:
    e = rng.standard_normal(8)
    directions = np.array(list(itertools.product((-1.0, 1.0), repeat=8)))
    yield ((directions @ e) ** 2).mean(), (e**2).sum()


@identity("grad-complex", "Third powers with a large step, and `batchnorm_forward` on complex numbers against `batchnorm_backward`.")
def complex_step(rng: Generator) -> Pairs:
    x, h = rng.standard_normal(5), 0.25
    yield np.imag((x + 1j * h) ** 3) / h, 3 * x**2 - h**2 / 6 * 6
    x, dout, v = rng.standard_normal((3, N, 2))
    gamma, beta = rng.standard_normal((2, 2))
    dx = batchnorm_backward(dout, batchnorm_forward(x, gamma, beta, {"mode": "train"})[1])[0]
    moved = batchnorm_forward(x + 1e-30j * v, gamma, beta, {"mode": "train"})[0]
    yield np.sum(dout * moved).imag / 1e-30, np.sum(dx * v)


@identity("grad-kink", "Centred differences of `relu_forward` if the kink is inside the step.")
def kink(rng: Generator) -> Pairs:
    h = 0.1
    x = rng.uniform(-h, h, size=20)
    yield _central(lambda a: relu_forward(a)[0], x, h), (1 + x / h) / 2


@identity("grad-lies", "Gradients of the sum of the outputs and of their squares, with `batchnorm_backward`.")
def lies(rng: Generator) -> Pairs:
    x = rng.standard_normal((N, 1))
    x_hat, cache = batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train", "eps": EPS})
    yield batchnorm_backward(np.ones((N, 1)), cache)[0], np.zeros((N, 1))
    yield batchnorm_backward(2 * x_hat, cache)[0], 2 * EPS / (x.var() + EPS) ** 1.5 * x_hat
