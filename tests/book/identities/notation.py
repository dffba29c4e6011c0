"""Identities of the page on notation: the rules for gradients against difference quotients."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from coursenn.layers import affine_backward, affine_forward, softmax_loss
from tests.book.identities.registry import DIFFERENCE, Pairs, identity, numeric_gradient

N, M = 4, 3


@identity(
    "gradient",
    "The rest of the loss after its linear part, which is a hundredth for a tenth of the step.",
    below=1e-2,
)
def linear_part(rng: Generator) -> Pairs:
    s, step, y = rng.standard_normal((N, M)), rng.standard_normal((N, M)), rng.integers(M, size=N)
    loss, gradient = softmax_loss(s, y)
    rests = [softmax_loss(s + h * step, y)[0] - loss - h * np.sum(gradient * step) for h in (1e-3, 1e-4)]
    yield rests[0] / rests[1] / 100, 1.0


@identity("broadcast", "The gradient of a bias, with `affine_backward`, against difference quotients.", below=DIFFERENCE)
def broadcast(rng: Generator) -> Pairs:
    x, b, dout = rng.standard_normal((N, M)), rng.standard_normal(M), rng.standard_normal((N, M))
    db = affine_backward(dout, affine_forward(x, np.eye(M), b)[1])[2]
    yield db, dout.sum(axis=0)
    yield db, numeric_gradient(lambda a: x + a, b, dout)


@identity("sum-rule", "The gradient of a sum over an axis against difference quotients.", below=DIFFERENCE)
def sum_rule(rng: Generator) -> Pairs:
    x, dout = rng.standard_normal((N, M)), rng.standard_normal(M)
    yield np.tile(dout, (N, 1)), numeric_gradient(lambda a: a.sum(axis=0), x, dout)


@identity("pick-rule", "The gradient of picked entries, some of them twice, against difference quotients.", below=DIFFERENCE)
def pick_rule(rng: Generator) -> Pairs:
    x, picks = rng.standard_normal(5), rng.integers(5, size=9)
    dout = rng.standard_normal(9)
    yield np.bincount(picks, weights=dout, minlength=5), numeric_gradient(lambda a: a[picks], x, dout)
