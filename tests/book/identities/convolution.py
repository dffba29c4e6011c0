"""Identities of the chapter on convolution and pooling, compared with the naive layers for several strides and paddings."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from coursenn.classifiers.cnn import ThreeLayerConvNet
from coursenn.layers import (
    affine_forward,
    conv_backward_naive,
    conv_forward_naive,
    max_pool_backward_naive,
    max_pool_forward_naive,
    relu_forward,
)
from tests.book.identities.registry import DIFFERENCE, Array, Pairs, identity, numeric_gradient

N, C, F = 2, 2, 3
# Stride, padding, image, filter: windows that overlap, leave gaps, do not fit at the end, or are not square.
CASES = [(1, 0, (5, 4), (3, 2)), (1, 1, (5, 4), (3, 3)), (2, 1, (6, 5), (3, 2)), (3, 0, (7, 6), (2, 2)), (2, 0, (5, 6), (3, 3))]
Case = tuple[int, int, Array, Array, Array, Array, Array, Array]


def _cases(rng: Generator) -> Iterator[Case]:
    """Yield the stride, the padding, x, w, an upstream gradient, and the three gradients of the reference."""
    for stride, pad, image, window in CASES:
        x, w = rng.standard_normal((N, C, *image)), rng.standard_normal((F, C, *window))
        out, cache = conv_forward_naive(x, w, np.zeros(F), {"stride": stride, "pad": pad})
        dout = rng.standard_normal(out.shape)
        yield stride, pad, x, w, dout, *conv_backward_naive(dout, cache)


def _pad(x: Array, rows: int, columns: int) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)))


def _correlate(x: Array, w: Array, stride: int = 1) -> Array:
    out: Array = conv_forward_naive(x, w, np.zeros(len(w)), {"stride": stride, "pad": 0})[0]
    return out


def _dilate(dout: Array, stride: int) -> Array:
    wide = np.zeros((*dout.shape[:2], 1 + (dout.shape[2] - 1) * stride, 1 + (dout.shape[3] - 1) * stride))
    wide[:, :, ::stride, ::stride] = dout
    return wide


def _scatter(dout: Array, w: Array, shape: tuple[int, ...], stride: int) -> Array:
    """Return the gradient of the padded image, output by output and weight by weight."""
    padded = np.zeros(shape)
    for n, f, i, j in np.ndindex(dout.shape):
        for c, k, m in np.ndindex(w.shape[1:]):
            padded[n, c, i * stride + k, j * stride + m] += dout[n, f, i, j] * w[f, c, k, m]
    return padded


@identity(
    "convolution", "The sum, entry by entry, and the output size, against `conv_forward_naive`, for five settings of stride and padding."
)
def forward(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, *_ in _cases(rng):
        b, padded = rng.standard_normal(F), _pad(x, pad, pad)
        expected = np.zeros(dout.shape)
        for n, f, i, j in np.ndindex(dout.shape):
            window = padded[n, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
            expected[n, f, i, j] = b[f] + np.sum(window * w[f])
        yield conv_forward_naive(x, w, b, {"stride": stride, "pad": pad})[0], expected
        yield dout.shape[2], 1 + math.floor((x.shape[2] + 2 * pad - w.shape[2]) / stride)


@identity("conv-shift", "Outputs of an image that is moved down by one pixel, away from the border.")
def shift(rng: Generator) -> Pairs:
    x, w = rng.standard_normal((N, C, 6, 5)), rng.standard_normal((F, C, 3, 3))
    moved = np.zeros_like(x)
    moved[:, :, 1:] = x[:, :, :-1]
    yield _correlate(moved, w)[:, :, 1:], _correlate(x, w)[:, :, :-1]


@identity("conv-special", "Filters of one pixel and of the whole image against `affine_forward`.")
def special(rng: Generator) -> Pairs:
    x, b = rng.standard_normal((N, C, 4, 3)), rng.standard_normal(F)
    for window in ((1, 1), (4, 3)):
        w = rng.standard_normal((F, C, *window))
        out = conv_forward_naive(x, w, b, {"stride": 1, "pad": 0})[0]
        rows = x.transpose(0, 2, 3, 1).reshape(-1, C) if window == (1, 1) else x
        affine = affine_forward(rows, w.reshape(F, -1).T, b)[0].reshape(N, *out.shape[2:], F)
        yield out, affine.transpose(0, 3, 1, 2)


@identity("conv-bias", "Sums of the upstream gradient against `conv_backward_naive`.")
def bias(rng: Generator) -> Pairs:
    for *_, dout, _, _, db in _cases(rng):
        yield db, np.einsum("nfij->f", dout)


@identity("conv-weights", "The sum over places, entry by entry, against `conv_backward_naive`.")
def weights(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, _, dw, _ in _cases(rng):
        padded, expected = _pad(x, pad, pad), np.zeros(w.shape)
        for f, c, k, m in np.ndindex(w.shape):
            pixels = padded[:, c, k : k + stride * dout.shape[2] : stride, m : m + stride * dout.shape[3] : stride]
            expected[f, c, k, m] = np.sum(dout[:, f] * pixels[:, : dout.shape[2], : dout.shape[3]])
        yield dw, expected


@identity("conv-scatter", "Each output scattered to its window, cropped, against `conv_backward_naive`.")
def scatter(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, dx, _, _ in _cases(rng):
        padded = _scatter(dout, w, _pad(x, pad, pad).shape, stride)
        yield dx, padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


@identity("conv-gather", "Each pixel gathered from the windows that cover it, with the bounds of the formula, against the scatter.")
def gather(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, *_ in _cases(rng):
        shape, (rows, columns) = _pad(x, pad, pad).shape, dout.shape[2:]
        expected = np.zeros(shape)
        for n, c, u, v in np.ndindex(shape):
            for i in range(max(0, math.ceil((u - w.shape[2] + 1) / stride)), min(rows - 1, u // stride) + 1):
                for j in range(max(0, math.ceil((v - w.shape[3] + 1) / stride)), min(columns - 1, v // stride) + 1):
                    expected[n, c, u, v] += dout[n, :, i, j] @ w[:, c, u - i * stride, v - j * stride]
        yield _scatter(dout, w, shape, stride), expected


@identity("conv-crop", "Gradient of `conv_backward_naive` with padding against that of an image that is padded first.")
def crop(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, dx, _, _ in _cases(rng):
        _, cache = conv_forward_naive(_pad(x, pad, pad), w, np.zeros(F), {"stride": stride, "pad": 0})
        yield dx, conv_backward_naive(dout, cache)[0][:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


@identity("conv-scatter", "`conv_backward_naive` against difference quotients of `conv_forward_naive`.", below=DIFFERENCE)
def numeric(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, dx, dw, _ in _cases(rng):
        param = {"stride": stride, "pad": pad}
        yield dx, numeric_gradient(lambda a, w=w, p=param: conv_forward_naive(a, w, np.zeros(F), p)[0], x, dout)
        yield dw, numeric_gradient(lambda a, x=x, p=param: conv_forward_naive(x, a, np.zeros(F), p)[0], w, dout)


@identity("conv-coverage", "Gradients of ones with a filter of ones, against the formula for rows times that for columns.")
def coverage(rng: Generator) -> Pairs:
    def count(size: int, window: int, outputs: int, stride: int) -> list[int]:
        bounds = [(min(u // stride, outputs - 1), max(math.ceil((u - window + 1) / stride), 0)) for u in range(size)]
        return [max(0, last - first + 1) for last, first in bounds]

    for stride, _, x, w, *_ in _cases(rng):
        out, cache = conv_forward_naive(x[:1, :1], np.ones((1, 1, *w.shape[2:])), np.zeros(1), {"stride": stride, "pad": 0})
        dx = conv_backward_naive(np.ones_like(out), cache)[0][0, 0]
        rows = count(x.shape[2], w.shape[2], out.shape[2], stride)
        yield dx, np.outer(rows, count(x.shape[3], w.shape[3], out.shape[3], stride))


def _flip(w: Array) -> Array:
    return w.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]


@identity("conv-flipped", "`conv_forward_naive` of the upstream gradient with the flipped filter against `conv_backward_naive`.")
def flipped(rng: Generator) -> Pairs:
    for stride, pad, _, w, dout, dx, _, _ in _cases(rng):
        if stride == 1:
            yield dx, _correlate(_pad(dout, w.shape[2] - 1 - pad, w.shape[3] - 1 - pad), _flip(w))


@identity("conv-dilated", "The same with zeros between the entries of the upstream gradient, for strides 1, 2 and 3.")
def dilated(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, dx, _, _ in _cases(rng):
        found = _correlate(_pad(_dilate(dout, stride), w.shape[2] - 1, w.shape[3] - 1), _flip(w))
        padded = np.zeros(_pad(x, pad, pad).shape)
        padded[:, :, : found.shape[2], : found.shape[3]] = found
        yield dx, padded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]


@identity(
    "conv-weights-correlation", "`conv_forward_naive` of the image with the dilated gradient as filter against `conv_backward_naive`."
)
def weights_correlation(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, _, dw, _ in _cases(rng):
        found = _correlate(_pad(x, pad, pad).transpose(1, 0, 2, 3), _dilate(dout, stride).transpose(1, 0, 2, 3))
        yield dw, found[:, :, : w.shape[2], : w.shape[3]].transpose(1, 0, 2, 3)


@identity("conv-adjoint", "Three scalar products with `conv_forward_naive` and `conv_backward_naive`.")
def adjoint(rng: Generator) -> Pairs:
    for stride, pad, x, w, dout, dx, dw, _ in _cases(rng):
        product = np.sum(dout * conv_forward_naive(x, w, np.zeros(F), {"stride": stride, "pad": pad})[0])
        yield np.sum(dx * x), product
        yield np.sum(dw * w), product


POOLS = [(2, 2, 2), (3, 2, 1), (2, 3, 3)]


def _pools(rng: Generator) -> Iterator[tuple[dict[str, int], Array, Array, Array, Array]]:
    for height, width, stride in POOLS:
        x = rng.permutation(N * C * 7 * 6).reshape(N, C, 7, 6) / 10.0
        param = {"pool_height": height, "pool_width": width, "stride": stride}
        out, cache = max_pool_forward_naive(x, param)
        dout = rng.standard_normal(out.shape)
        yield param, x, out, dout, max_pool_backward_naive(dout, cache)


@identity("max-pool", "Maxima of windows, one by one, and the output size, against `max_pool_forward_naive`.")
def pool(rng: Generator) -> Pairs:
    for param, x, out, *_ in _pools(rng):
        height, width, stride = param["pool_height"], param["pool_width"], param["stride"]
        expected = np.zeros((N, C, 1 + (7 - height) // stride, 1 + (6 - width) // stride))
        for n, c, i, j in np.ndindex(expected.shape):
            expected[n, c, i, j] = max(x[n, c, i * stride + k, j * stride + m] for k in range(height) for m in range(width))
        yield out, expected


@identity("max-pool-backward", "`max_pool_backward_naive` against difference quotients, and the sums of both sides.", below=DIFFERENCE)
def pool_backward(rng: Generator) -> Pairs:
    for param, x, _, dout, dx in _pools(rng):
        yield dx, numeric_gradient(lambda a, p=param: max_pool_forward_naive(a, p)[0], x, dout)
        yield dx.sum(axis=(2, 3)), dout.sum(axis=(2, 3))


@identity("average-pool", "Means of windows against `conv_forward_naive` with constant weights.")
def average_pool(rng: Generator) -> Pairs:
    x = rng.standard_normal((N, C, 6, 6))
    w = np.eye(C)[:, :, None, None] * np.full((1, 1, 2, 3), 1 / 6)
    yield (
        _correlate(x, w, stride=3),
        np.array(
            [
                [[[x[n, c, 3 * i : 3 * i + 2, 3 * j : 3 * j + 3].mean() for j in range(2)] for i in range(2)] for c in range(C)]
                for n in range(N)
            ]
        ),
    )


@identity("relu-pool", "`relu_forward` and `max_pool_forward_naive` in both orders.")
def relu_pool(rng: Generator) -> Pairs:
    x, param = rng.standard_normal((N, C, 6, 6)), {"pool_height": 2, "pool_width": 3, "stride": 2}
    yield max_pool_forward_naive(relu_forward(x)[0], param)[0], relu_forward(max_pool_forward_naive(x, param)[0])[0]


@identity("conv-network", "Sizes in `ThreeLayerConvNet`, for images of odd and even size and two filter sizes.")
def network(rng: Generator) -> Pairs:
    for height, width, size in ((8, 8, 3), (9, 6, 5)):
        net = ThreeLayerConvNet((C, height, width), num_filters=F, filter_size=size, hidden_dim=4)
        x = rng.standard_normal((1, C, height, width))
        out = conv_forward_naive(x, rng.standard_normal((F, C, size, size)), np.zeros(F), {"stride": 1, "pad": (size - 1) // 2})[0]
        yield out.shape, (1, F, height, width)
        yield net.params["W2"].shape[0], F * (height // 2) * (width // 2)


@identity("receptive-field", "Number of pixels with a gradient from one output, through three layers of `conv_backward_naive`.")
def receptive_field(rng: Generator) -> Pairs:
    for layers in ([(3, 1), (3, 1), (3, 1)], [(3, 2), (2, 2), (3, 1)], [(5, 2), (3, 1), (2, 3)]):
        size = 1 + sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))
        x, caches = np.ones((1, 1, size + 6, 1)), []
        for window, stride in layers:
            x, cache = conv_forward_naive(x, rng.random((1, 1, window, 1)) + 1, np.zeros(1), {"stride": stride, "pad": 0})
            caches.append(cache)
        gradient = np.zeros_like(x)
        gradient[0, 0, 0] = 1
        for cache in reversed(caches):
            gradient = conv_backward_naive(gradient, cache)[0]
        yield np.count_nonzero(gradient), size
