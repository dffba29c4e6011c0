"""Identities of the chapter on layer, spatial and group normalization: one formula against each of the reference's layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from coursenn.layers import (
    batchnorm_forward,
    layernorm_backward,
    layernorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
    spatial_groupnorm_backward,
    spatial_groupnorm_forward,
)
from tests.book.identities.registry import DIFFERENCE, Array, Pairs, identity, jacobian, numeric_gradient

N, C, H, W, D, EPS = 3, 4, 2, 3, 5, 0.3
SHAPE = (N, C, H, W)
Norm = Callable[[Array, Array, Array], tuple[Array, Any]]


def _general(x: Array, gamma: Array, beta: Array, axes: tuple[int, ...]) -> Array:
    """Return the general formula, with the mean and the variance over the axes and parameters that broadcast."""
    centered = x - x.mean(axis=axes, keepdims=True)
    out: Array = gamma * centered / np.sqrt((centered**2).mean(axis=axes, keepdims=True) + EPS) + beta
    return out


def _general_backward(dout: Array, x: Array, gamma: Array, axes: tuple[int, ...]) -> Array:
    x_hat = _general(x, np.ones(1), np.zeros(1), axes)
    s = np.sqrt(x.var(axis=axes, keepdims=True) + EPS)
    dx_hat = gamma * dout
    along = x_hat * (dx_hat * x_hat).mean(axis=axes, keepdims=True)
    dx: Array = (dx_hat - dx_hat.mean(axis=axes, keepdims=True) - along) / s
    return dx


def _layer(x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
    out: tuple[Array, Any] = layernorm_forward(x, gamma, beta, {"eps": EPS})
    return out


def _spatial(x: Array, gamma: Array, beta: Array) -> tuple[Array, Any]:
    out: tuple[Array, Any] = spatial_batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": EPS})
    return out


def _group(groups: int) -> Norm:
    return lambda x, gamma, beta: spatial_groupnorm_forward(x, gamma, beta, groups, {"eps": EPS})


def _cells(x: Array, groups: int) -> Array:
    """Return images as (N, G, C/G, H, W)."""
    return x.reshape(N, groups, C // groups, H, W)


@identity("norm-general", "One formula with the axes of the table against layer, spatial batch and group normalization.")
def general(rng: Generator) -> Pairs:
    x, rows = rng.standard_normal(SHAPE), rng.standard_normal((N, D))
    (gamma, beta), (g, b) = rng.standard_normal((2, C, 1, 1)), rng.standard_normal((2, D))
    yield _layer(rows, g, b)[0], _general(rows, g, b, (1,))
    yield _spatial(x, gamma.ravel(), beta.ravel())[0], _general(x, gamma, beta, (0, 2, 3))
    for groups in (1, 2, C):
        normalized = _general(_cells(x, groups), np.ones(1), np.zeros(1), (2, 3, 4)).reshape(SHAPE)
        yield _group(groups)(x, gamma[None], beta[None])[0], gamma * normalized + beta


@identity("norm-general-backward", "One backward formula against `layernorm_backward` and the two spatial ones.")
def general_backward(rng: Generator) -> Pairs:
    x, dout = rng.standard_normal((2, *SHAPE))
    rows, drows = rng.standard_normal((2, N, D))
    gamma, g = rng.standard_normal((C, 1, 1)), rng.standard_normal(D)
    yield layernorm_backward(drows, _layer(rows, g, g)[1])[0], _general_backward(drows, rows, g, (1,))
    yield spatial_batchnorm_backward(dout, _spatial(x, gamma.ravel(), gamma.ravel())[1])[0], _general_backward(dout, x, gamma, (0, 2, 3))
    dx, dgamma, dbeta = spatial_groupnorm_backward(dout, _group(2)(x, gamma[None], gamma[None])[1])
    scaled = _cells(np.broadcast_to(gamma, SHAPE) * dout, 2)
    yield dx, _general_backward(scaled, _cells(x, 2), np.ones(1), (2, 3, 4)).reshape(SHAPE)
    x_hat = _general(_cells(x, 2), np.ones(1), np.zeros(1), (2, 3, 4)).reshape(SHAPE)
    yield dgamma.ravel(), np.einsum("ncij,ncij->c", dout, x_hat)
    yield dbeta.ravel(), np.einsum("ncij->c", dout)


@identity("norm-general-backward", "Gradients of the three layers against difference quotients of their forwards.", below=DIFFERENCE)
def numeric(rng: Generator) -> Pairs:
    x, dout = rng.standard_normal((2, *SHAPE))
    rows, drows = rng.standard_normal((2, N, D))
    gamma, g = rng.standard_normal(C), rng.standard_normal(D)
    wide = gamma.reshape(1, C, 1, 1)
    yield layernorm_backward(drows, _layer(rows, g, g)[1])[0], numeric_gradient(lambda a: _layer(a, g, g)[0], rows, drows)
    dx = spatial_batchnorm_backward(dout, _spatial(x, gamma, gamma)[1])[0]
    yield dx, numeric_gradient(lambda a: _spatial(a, gamma, gamma)[0], x, dout)
    for groups in (1, 2, C):
        dx = spatial_groupnorm_backward(dout, _group(groups)(x, wide, wide)[1])[0]
        yield dx, numeric_gradient(lambda a, n=groups: _group(n)(a, wide, wide)[0], x, dout)


@identity("layernorm-independent", "The Jacobian of `layernorm_forward`, by blocks of examples.", below=DIFFERENCE)
def independent(rng: Generator) -> Pairs:
    rows, g = rng.standard_normal((N, D)), rng.standard_normal(D)
    blocks = jacobian(lambda a: _layer(a, g, g)[0], rows).reshape(N, D, N, D)
    alone = [jacobian(lambda a: _layer(a, g, g)[0], rows[n : n + 1]) for n in range(N)]
    for n in range(N):
        for other in range(N):
            yield blocks[n, :, other], alone[n] if n == other else np.zeros((D, D))


@identity("layernorm-transpose", "`layernorm_forward` against `batchnorm_forward` of the transposed array.")
def transpose(rng: Generator) -> Pairs:
    rows = rng.standard_normal((N, D))
    batch = batchnorm_forward(rows.T, np.ones(N), np.zeros(N), {"mode": "train", "eps": EPS})[0]
    yield _layer(rows, np.ones(D), np.zeros(D))[0], batch.T


@identity("layernorm-means", "`layernorm_backward` against the formula with two means over features.")
def means(rng: Generator) -> Pairs:
    rows, dout = rng.standard_normal((2, N, D))
    g = rng.standard_normal(D)
    x_hat = _layer(rows, np.ones(D), np.zeros(D))[0]
    first, second = np.einsum("d,nd->n", g, dout) / D, np.einsum("d,nd,nd->n", g, dout, x_hat) / D
    dx = (g * dout - first[:, None] - x_hat * second[:, None]) / np.sqrt(rows.var(axis=1, keepdims=True) + EPS)
    yield layernorm_backward(dout, _layer(rows, g, g)[1])[0], dx


@identity("layernorm-sphere", "Sums and squared lengths of the rows of `layernorm_forward`.")
def sphere(rng: Generator) -> Pairs:
    rows = rng.standard_normal((N, D))
    x_hat = _layer(rows, np.ones(D), np.zeros(D))[0]
    yield x_hat.sum(axis=1), np.zeros(N)
    yield (x_hat**2).sum(axis=1), D * rows.var(axis=1) / (rows.var(axis=1) + EPS)


@identity("layernorm-rms", "`layernorm_forward` against the division of centred rows by their root mean square.")
def rms(rng: Generator) -> Pairs:
    rows = rng.standard_normal((N, D))
    centered = rows - rows.mean(axis=1, keepdims=True)
    yield _layer(rows, np.ones(D), np.zeros(D))[0], centered / np.sqrt(np.einsum("nd,nd->n", centered, centered) / D + EPS)[:, None]


@identity("spatial-batchnorm", "Means and variances of each channel, from running averages with momentum 0.")
def spatial(rng: Generator) -> Pairs:
    x = rng.standard_normal(SHAPE)
    param = {"mode": "train", "momentum": 0.0}
    spatial_batchnorm_forward(x, np.ones(C), np.zeros(C), param)
    mean = np.einsum("ncij->c", x) / (N * H * W)
    yield param["running_mean"], mean
    yield param["running_var"], np.einsum("ncij->c", (x - mean.reshape(C, 1, 1)) ** 2) / (N * H * W)


@identity("spatial-rearranged", "`spatial_batchnorm_forward` against `batchnorm_forward` of rows filled pixel by pixel.")
def rearranged(rng: Generator) -> Pairs:
    x, gamma, beta = rng.standard_normal(SHAPE), rng.standard_normal(C), rng.standard_normal(C)
    rows = np.zeros((N * H * W, C))
    for n, c, i, j in np.ndindex(SHAPE):
        rows[(n * H + i) * W + j, c] = x[n, c, i, j]
    flat = batchnorm_forward(rows, gamma, beta, {"mode": "train", "eps": EPS})[0]
    out = _spatial(x, gamma, beta)[0]
    yield np.array([out[n, c, i, j] for n, i, j in np.ndindex(N, H, W) for c in range(C)]), flat.ravel()


@identity("groupnorm", "`spatial_groupnorm_forward` against `layernorm_forward` of one row for each cell.")
def group(rng: Generator) -> Pairs:
    x, ones = rng.standard_normal(SHAPE), np.ones((1, C, 1, 1))
    for groups in (1, 2, C):
        size = C // groups * H * W
        rows = np.stack([x[n, g * C // groups : (g + 1) * C // groups].ravel() for n in range(N) for g in range(groups)])
        yield _group(groups)(x, ones, 0 * ones)[0].reshape(N * groups, size), _layer(rows, np.ones(size), np.zeros(size))[0]


@identity("groupnorm-ends", "G = 1 against a mean over channels and positions, G = C against one over positions.")
def ends(rng: Generator) -> Pairs:
    x, ones = rng.standard_normal(SHAPE), np.ones((1, C, 1, 1))
    yield _group(1)(x, ones, 0 * ones)[0], _general(x, np.ones(1), np.zeros(1), (1, 2, 3))
    yield _group(C)(x, ones, 0 * ones)[0], _general(x, np.ones(1), np.zeros(1), (2, 3))


@identity("groupnorm-variance", "The variance of a group against the sum of its two parts.")
def group_variance(rng: Generator) -> Pairs:
    cells = _cells(rng.standard_normal(SHAPE) + rng.standard_normal((C, 1, 1)), 2)
    within, between = cells.var(axis=(3, 4)).mean(axis=2), cells.mean(axis=(3, 4)).var(axis=2)
    yield cells.var(axis=(2, 3, 4)), within + between


@identity("norm-invariance", "Each layer on inputs that are scaled and shifted cell by cell.")
def invariance(rng: Generator) -> Pairs:
    x, rows, ones = rng.standard_normal(SHAPE), rng.standard_normal((N, D)), np.ones((1, C, 1, 1))
    a, b = rng.random((N, 1)) + 0.5, rng.standard_normal((N, 1))
    for n in range(N):
        scaled = layernorm_forward(a[n] * rows[n : n + 1] + b[n], np.ones(D), np.zeros(D), {"eps": a[n, 0] ** 2 * EPS})[0]
        yield scaled, _layer(rows, np.ones(D), np.zeros(D))[0][n : n + 1]
    scale, shift = rng.random((N, 2, 1, 1, 1)) + 0.5, rng.standard_normal((N, 2, 1, 1, 1))
    moved = (scale * _cells(x, 2) + shift).reshape(SHAPE)
    tiny = {"eps": 1e-30}
    yield spatial_groupnorm_forward(moved, ones, 0 * ones, 2, tiny)[0], spatial_groupnorm_forward(x, ones, 0 * ones, 2, tiny)[0]
