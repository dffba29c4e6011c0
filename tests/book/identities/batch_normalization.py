"""Identities of the chapter on batch normalization: the backward pass, the projection, invariants, test mode, the batch size."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.random import Generator

from coursenn.layer_utils import affine_norm_relu_backward, affine_norm_relu_forward
from coursenn.layers import affine_backward, affine_forward, batchnorm_backward, batchnorm_backward_alt, batchnorm_forward
from tests.book.identities.registry import DIFFERENCE, Array, Pairs, identity, jacobian, numeric_gradient

N, D, EPS = 7, 3, 0.4
TINY = 1e-30


def _draw(rng: Generator, n: int = N, d: int = D) -> tuple[Array, Array, Array, Array]:
    """Return an input, gamma, beta and an upstream gradient."""
    return 2 * rng.standard_normal((n, d)) + 1, rng.standard_normal(d), rng.standard_normal(d), rng.standard_normal((n, d))


def _forward(x: Array, gamma: Array, beta: Array, eps: float = EPS) -> Array:
    out: Array = batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": eps})[0]
    return out


def _normalize(x: Array, eps: float = EPS) -> Array:
    return _forward(x, np.ones(x.shape[1]), np.zeros(x.shape[1]), eps)


def _backward(x: Array, gamma: Array, dout: Array, eps: float = EPS) -> tuple[Array, Array, Array]:
    _, cache = batchnorm_forward(x, gamma, np.zeros_like(gamma), {"mode": "train", "eps": eps})
    gradients: tuple[Array, Array, Array] = batchnorm_backward(dout, cache)
    return gradients


def _parts(x: Array, eps: float = EPS) -> tuple[Array, Array, Array]:
    """Return the centred input, the root and the normalized input, by their definitions."""
    c = x - np.add.reduce(x) / len(x)
    s = np.sqrt(np.add.reduce(c * c) / len(x) + eps)
    return c, s, c / s


@identity("batchnorm", "The formula, entry by entry, against `batchnorm_forward`.")
def forward(rng: Generator) -> Pairs:
    x, gamma, beta, _ = _draw(rng)
    _, _, x_hat = _parts(x)
    yield _forward(x, gamma, beta), gamma * x_hat + beta


@identity("bn-moments", "Mean and mean square of the normalized input.")
def moments(rng: Generator) -> Pairs:
    x, *_ = _draw(rng)
    x_hat = _normalize(x)
    var = x.var(axis=0)
    yield x_hat.mean(axis=0) + 1, np.ones(D)
    yield (x_hat**2).mean(axis=0), var / (var + EPS)


@identity("bn-parameters", "The gradients of gamma and beta as sums against `batchnorm_backward`.")
def parameters(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    _, dgamma, dbeta = _backward(x, gamma, dout)
    _, _, x_hat = _parts(x)
    yield dgamma, np.einsum("nd,nd->d", dout, x_hat)
    yield dbeta, np.einsum("nd->d", dout)


@identity("bn-quotient", "The gradients of numerator and root against difference quotients of the quotient.", below=DIFFERENCE)
def quotient(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    c, s, _ = _parts(x)
    dx_hat = gamma * dout
    yield dx_hat / s, numeric_gradient(lambda a: a / s, c, dx_hat)
    yield -(dx_hat * c).sum(axis=0) / s**2, numeric_gradient(lambda a: c / a, s, dx_hat)


@identity(
    "bn-variance",
    "The gradient of the centred input, including the path through the variance, against difference quotients.",
    below=DIFFERENCE,
)
def variance(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    c, s, _ = _parts(x)
    dx_hat = gamma * dout
    dvar = -(dx_hat * c).sum(axis=0) / s**2 / (2 * s)
    yield dvar, numeric_gradient(lambda v: c / np.sqrt(v + EPS), s**2 - EPS, dx_hat)
    yield dx_hat / s + 2 * c / N * dvar, numeric_gradient(lambda a: a / np.sqrt((a**2).mean(axis=0) + EPS), c, dx_hat)


@identity("bn-mean", "All steps back through the graph against `batchnorm_backward`.")
def graph(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    c, s, _ = _parts(x)
    dx_hat = gamma * dout
    dc = dx_hat / s + 2 * c / N * (-(dx_hat * c).sum(axis=0) / s**2 / (2 * s))
    yield dc - dc.sum(axis=0) / N, _backward(x, gamma, dout)[0]


@identity("bn-mean", "`batchnorm_backward` against difference quotients of `batchnorm_forward`.", below=DIFFERENCE)
def graph_numeric(rng: Generator) -> Pairs:
    x, gamma, beta, dout = _draw(rng)
    dx, dgamma, dbeta = _backward(x, gamma, dout)
    yield dx, numeric_gradient(lambda a: _forward(a, gamma, beta), x, dout)
    yield dgamma, numeric_gradient(lambda a: _forward(x, a, beta), gamma, dout)
    yield dbeta, numeric_gradient(lambda a: _forward(x, gamma, a), beta, dout)


@identity("bn-local", "Derivatives of mean, root and mean of squares against difference quotients.", below=DIFFERENCE)
def local(rng: Generator) -> Pairs:
    x, var = rng.standard_normal(N), rng.random(1) + 0.1
    c = x - x.mean()
    yield np.full(N, 1 / N), numeric_gradient(np.mean, x)
    yield 1 / (2 * np.sqrt(var + EPS)), numeric_gradient(lambda v: np.sqrt(v + EPS), var)
    yield 2 * c / N, numeric_gradient(lambda a: np.mean(a**2), c)


@identity("bn-paper", "The three lines of the paper against `batchnorm_backward`, and its first line against the steps of this chapter.")
def paper(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    c, s, _ = _parts(x)
    dx_hat, var = gamma * dout, x.var(axis=0)
    dvar = (dx_hat * (x - x.mean(axis=0)) * -0.5 * (var + EPS) ** -1.5).sum(axis=0)
    dmean = -dx_hat.sum(axis=0) / np.sqrt(var + EPS) - dvar * 2 / N * (x - x.mean(axis=0)).sum(axis=0)
    yield dx_hat / np.sqrt(var + EPS) + dvar * 2 * (x - x.mean(axis=0)) / N + dmean / N, _backward(x, gamma, dout)[0]
    yield dvar, -(dx_hat * c).sum(axis=0) / s**2 / (2 * s)


@identity("bn-derivatives", "Derivatives of mean and variance of a feature against difference quotients.", below=DIFFERENCE)
def derivatives(rng: Generator) -> Pairs:
    x = rng.standard_normal(N)
    yield np.full(N, 1 / N), numeric_gradient(np.mean, x)
    yield 2 * (x - x.mean()) / N, numeric_gradient(np.var, x)


@identity("bn-jacobian", "The Jacobian of a feature against difference quotients of `batchnorm_forward`.", below=DIFFERENCE)
def the_jacobian(rng: Generator) -> Pairs:
    x = rng.standard_normal((N, 1))
    _, s, x_hat = _parts(x)
    yield (np.eye(N) - 1 / N - x_hat @ x_hat.T / N) / s, jacobian(_normalize, x)


@identity("batchnorm-one-line", "The short formula against the steps through the graph in `batchnorm_backward`.")
def one_line(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    _, s, x_hat = _parts(x)
    dx_hat = gamma * dout
    yield (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / s, _backward(x, gamma, dout)[0]


@identity("batchnorm-one-line", "`batchnorm_backward_alt` against `batchnorm_backward`, also for a variance as small as epsilon.")
def both_backwards(rng: Generator) -> Pairs:
    x, gamma, beta, dout = _draw(rng)
    for scale in (1.0, 1e-2):
        _, cache = batchnorm_forward(scale * x, gamma, beta, {"mode": "train", "eps": 1e-4})
        yield batchnorm_backward_alt(dout, cache)[0], batchnorm_backward(dout, cache)[0]


@identity("bn-known-sums", "The two means of the short formula and the gradients of beta and gamma.")
def known_sums(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    _, dgamma, dbeta = _backward(x, gamma, dout)
    dx_hat = gamma * dout
    yield dx_hat.mean(axis=0), gamma / N * dbeta
    yield (dx_hat * _normalize(x)).mean(axis=0), gamma / N * dgamma


@identity("bn-projection", "The Jacobian from two unit vectors against columns of `batchnorm_backward`.")
def projection(rng: Generator) -> Pairs:
    x = rng.standard_normal((N, 1))
    _, s, x_hat = _parts(x)
    u, v = np.full((N, 1), N**-0.5), x_hat / np.linalg.norm(x_hat)
    rows = np.concatenate([_backward(x, np.ones(1), e[:, None])[0] for e in np.eye(N)], axis=1)
    yield (np.eye(N) - u @ u.T - x.var() / (x.var() + EPS) * v @ v.T) / s, rows


@identity("bn-spectrum", "Eigenvalues of the Jacobian along the ones, along x-hat and perpendicular to both.")
def spectrum(rng: Generator) -> Pairs:
    x = rng.standard_normal((N, 1))
    _, s, x_hat = _parts(x)
    w = rng.standard_normal((N, 1))
    w -= w.mean()
    w -= x_hat * (w * x_hat).sum() / (x_hat**2).sum()
    for direction, value in ((np.ones((N, 1)), 0.0), (x_hat, EPS / (x.var() + EPS)), (w, 1.0)):
        yield s * _backward(x, np.ones(1), direction)[0], value * direction


@identity("bn-invariance", "Outputs for a shifted and scaled input, with epsilon scaled as well.")
def invariance(rng: Generator) -> Pairs:
    x, gamma, beta, _ = _draw(rng)
    for a, b in ((3.0, -5.0), (0.01, 2.0)):
        yield _forward(a * x + b, gamma, beta, a**2 * EPS), _forward(x, gamma, beta)
        yield _forward(a * x + b, gamma, beta), _forward(x, gamma, beta, EPS / a**2)


@identity("bn-orthogonality", "Sums of the gradient of x along the ones and along x-hat.")
def orthogonality(rng: Generator) -> Pairs:
    x, gamma, _, dout = _draw(rng)
    dx, _, _ = _backward(x, gamma, dout)
    _, s, x_hat = _parts(x)
    yield dx.sum(axis=0), np.zeros(D)
    yield (x_hat * dx).sum(axis=0), EPS / s**2 / s * (x_hat * gamma * dout).sum(axis=0)


@identity("bn-bias", "The gradient of a bias in front of the layer is zero.")
def bias(rng: Generator) -> Pairs:
    h, w, b = rng.standard_normal((N, 4)), rng.standard_normal((4, D)), rng.standard_normal(D)
    _, gamma, beta, dout = _draw(rng)
    _, cache = affine_norm_relu_forward(h, w, b, gamma, beta, {"mode": "train"}, "batchnorm")
    yield affine_norm_relu_backward(dout, cache)[2], np.zeros(D)


def _weight_gradient(h: Array, w: Array, gamma: Array, dout: Array) -> Array:
    x, cache = affine_forward(h, w, np.zeros(D))
    gradient: Array = affine_backward(_backward(x, gamma, dout, TINY)[0], cache)[1]
    return gradient


@identity("bn-weights", "The gradient at scaled weights, and its scalar product with the weights.")
def weights(rng: Generator) -> Pairs:
    h, w = rng.standard_normal((N, 4)), rng.standard_normal((4, D))
    _, gamma, _, dout = _draw(rng)
    gradient = _weight_gradient(h, w, gamma, dout)
    yield _weight_gradient(h, 5 * w, gamma, dout), gradient / 5
    yield (w * gradient).sum(axis=0), np.zeros(D)


@identity("bn-growth", "Squared length of the weights after a step of gradient descent.")
def growth(rng: Generator) -> Pairs:
    h, w = rng.standard_normal((N, 4)), rng.standard_normal((4, D))
    _, gamma, _, dout = _draw(rng)
    gradient = _weight_gradient(h, w, gamma, dout)
    yield ((w - 0.3 * gradient) ** 2).sum(axis=0), (w**2).sum(axis=0) + 0.3**2 * (gradient**2).sum(axis=0)


@identity("bn-running", "The running averages of `batchnorm_forward` after nine steps against the weighted sum.")
def running(rng: Generator) -> Pairs:
    batches = rng.standard_normal((9, N, D)) + np.arange(9).reshape(9, 1, 1)
    start = rng.standard_normal(D)
    param = {"mode": "train", "momentum": 0.8, "running_mean": start, "running_var": np.abs(start)}
    for batch in batches:
        batchnorm_forward(batch, np.ones(D), np.zeros(D), param)
    weights = 0.2 * 0.8 ** np.arange(8, -1, -1)
    yield param["running_mean"], 0.8**9 * start + weights @ batches.mean(axis=1)
    yield param["running_var"], 0.8**9 * np.abs(start) + weights @ batches.var(axis=1)


@identity("bn-shared", "Running averages of `batchnorm_forward` in one dictionary for five layers, after 500 passes.")
def shared(rng: Generator) -> Pairs:
    layers = [2 * rng.standard_normal((N, D)) + i for i in range(5)]
    param = {"mode": "train", "momentum": 0.9}
    for _ in range(500):
        for layer in layers:
            batchnorm_forward(layer, np.ones(D), np.zeros(D), param)
    weights = 0.1 * 0.9 ** np.arange(4, -1, -1.0) / (1 - 0.9**5)
    yield param["running_mean"], weights @ np.stack([layer.mean(axis=0) for layer in layers])
    yield param["running_var"], weights @ np.stack([layer.var(axis=0) for layer in layers])


@identity("bn-fold", "An affine layer and a normalization in test mode against the merged affine layer.")
def fold(rng: Generator) -> Pairs:
    h, w, b = rng.standard_normal((N, 4)), rng.standard_normal((4, D)), rng.standard_normal(D)
    _, gamma, beta, _ = _draw(rng)
    mean, var = rng.standard_normal(D), rng.random(D) + 0.1
    param = {"mode": "test", "eps": EPS, "running_mean": mean, "running_var": var}
    factor = gamma / np.sqrt(var + EPS)
    yield batchnorm_forward(affine_forward(h, w, b)[0], gamma, beta, param)[0], affine_forward(h, w * factor, beta + (b - mean) * factor)[0]


@identity("bn-batch-noise", "Mean and variance over all minibatches of four from five numbers.")
def batch_noise(rng: Generator) -> Pairs:
    data = rng.standard_normal(5)
    batches = np.array(list(itertools.product(data, repeat=4)))
    yield batches.mean(axis=1).var(), data.var() / 4
    yield batches.var(axis=1).mean(), 3 / 4 * data.var()


@identity("bn-two", "Minibatches of one and of two examples.")
def one_and_two(rng: Generator) -> Pairs:
    x = rng.standard_normal((2, D))
    half = (x[0] - x[1]) / 2
    yield _normalize(x), np.stack([half, -half]) / np.sqrt(half**2 + EPS)
    yield _normalize(x[:1]), np.zeros((1, D))
