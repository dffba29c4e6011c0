"""Identities of the chapter on fast layers: offsets, phases, tiles and fused layers against the naive layers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from coursenn import fused
from coursenn.layers import (
    conv_backward_naive,
    conv_forward_naive,
    max_pool_backward_naive,
    max_pool_forward_naive,
    relu_backward,
    relu_forward,
)
from tests.book.identities.registry import Array, Pairs, identity

N, C, F = 2, 3, 4
CASES = [(1, 1, (3, 2)), (2, 1, (2, 3)), (3, 0, (2, 2)), (2, 2, (4, 3))]
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def _cases(rng: Generator) -> Iterator[tuple[Array, Array, Array, dict[str, int], Array]]:
    """Yield images, filters, biases, settings and padded images."""
    for stride, pad, window in CASES:
        x, w, b = rng.standard_normal((N, C, 7, 6)), rng.standard_normal((F, C, *window)), rng.standard_normal(F)
        yield x, w, b, {"stride": stride, "pad": pad}, np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _sorted(image: Array, stride: int) -> Array:
    """Return the buffer of one padded image, (C, S, S, R, Q), filled pixel by pixel."""
    rows, columns = (-(-size // stride) for size in image.shape[1:])
    z = np.zeros((len(image), stride, stride, rows, columns))
    for c, p, q in np.ndindex(image.shape):
        z[c, p % stride, q % stride, p // stride, q // stride] = image[c, p, q]
    return z


def _offset(z: Array, c: int, k: int, m: int) -> int:
    """Return the offset of tap (c, k, m)."""
    _, stride, _, rows, columns = z.shape
    return ((c * stride + k % stride) * stride + m % stride) * rows * columns + k // stride * columns + m // stride


@identity("fast-intensity", "Operations, counted in a convolution of ones, divided by the bytes of three arrays.")
def intensity(rng: Generator) -> Pairs:
    for x, w, b, param, _ in _cases(rng):
        out = conv_forward_naive(np.ones_like(x), np.ones_like(w), 0 * b, {"stride": param["stride"], "pad": 0})[0]
        filters, images, taps = len(w), len(x), w[0].size
        moved = 8 * (x.size + filters * taps + images * filters * out.shape[2] * out.shape[3])
        yield 2 * out.sum() / (x.nbytes + w.nbytes + out.nbytes), 2 * images * filters * out.shape[2] * out.shape[3] * taps / moved


@identity("fast-phases", "Pixels sorted one by one against every S-th row and column.")
def phases(rng: Generator) -> Pairs:
    for _, _, _, param, padded in _cases(rng):
        stride = param["stride"]
        z = _sorted(padded[0], stride)
        for a, b in itertools.product(range(stride), repeat=2):
            picture = padded[0, :, a::stride, b::stride]
            yield z[:, a, b, : picture.shape[1], : picture.shape[2]], picture.copy()


@identity("fast-offset", "Every pixel under every tap, found by its offset.")
def offsets(rng: Generator) -> Pairs:
    for x, w, b, param, padded in _cases(rng):
        stride = param["stride"]
        z, places = _sorted(padded[0], stride), conv_forward_naive(x, w, b, param)[0].shape[2:]
        keys = list(itertools.product(*(range(size) for size in (*places, *w.shape[1:]))))
        found = [z.ravel()[i * z.shape[-1] + j + _offset(z, c, k, m)] for i, j, c, k, m in keys]
        yield np.array(found), np.array([padded[0, c, i * stride + k, j * stride + m] for i, j, c, k, m in keys])


@identity("fast-taps", "Sums of weights times pixels at offsets against `conv_forward_naive`.")
def taps(rng: Generator) -> Pairs:
    for x, w, b, param, padded in _cases(rng):
        expected = conv_forward_naive(x, w, b, param)[0][0]
        z = _sorted(padded[0], param["stride"])
        out = np.zeros(expected.shape) + b[:, None, None]
        for f, c, k, m in np.ndindex(w.shape):
            for i, j in np.ndindex(expected.shape[1:]):
                out[f, i, j] += w[f, c, k, m] * z.ravel()[i * z.shape[-1] + j + _offset(z, c, k, m)]
        yield out, expected


@identity("fast-image-gradient", "The sum over taps that the stride divides against `conv_backward_naive`.")
def image_gradient(rng: Generator) -> Pairs:
    for x, w, b, param, _ in _cases(rng):
        stride, pad = param["stride"], param["pad"]
        out, cache = conv_forward_naive(x, w, b, param)
        dout = rng.standard_normal(out.shape)
        dx = np.zeros(x.shape[1:])
        for c, u, v in np.ndindex(dx.shape):
            for k, m in np.ndindex(w.shape[2:]):
                i, j = u + pad - k, v + pad - m
                if i % stride == j % stride == 0 and 0 <= i // stride < out.shape[2] and 0 <= j // stride < out.shape[3]:
                    dx[c, u, v] += w[:, c, k, m] @ dout[0, :, i // stride, j // stride]
        yield dx, conv_backward_naive(dout, cache)[0][0]


@identity("fast-tile", "Loads and products of one tap, counted, for tiles of one to eight filters and one to four vectors.")
def tile(rng: Generator) -> Pairs:
    for height, width in itertools.product(range(1, 9), range(1, 5)):
        pixels, weights = rng.standard_normal((width, 16)), rng.standard_normal(height)
        products = [w * vector for w in weights for vector in pixels]
        yield len(products) / (len(pixels) + len(weights)), height * width / (height + width)


def _sandwich(rng: Generator) -> Iterator[tuple[Array, Array, Array, dict[str, int]]]:
    for stride, pad in ((1, 1), (2, 1), (1, 0)):
        yield rng.standard_normal((N, C, 9, 8)), rng.standard_normal((F, C, 3, 2)), rng.standard_normal(F), {"stride": stride, "pad": pad}


@identity("fast-sandwich", "ReLU before pooling against ReLU after it, and against `fused`.")
def sandwich(rng: Generator) -> Pairs:
    for x, w, b, param in _sandwich(rng):
        features = conv_forward_naive(x, w, b, param)[0]
        before = max_pool_forward_naive(relu_forward(features)[0], POOL)[0]
        yield relu_forward(max_pool_forward_naive(features, POOL)[0])[0], before
        yield fused.conv_relu_pool_forward(x, w, b, param, POOL)[0], before


@identity("fast-sparse", "The sum over windows against the three layers in turn, and against `fused`.")
def sparse(rng: Generator) -> Pairs:
    for x, w, b, param in _sandwich(rng):
        stride, pad = param["stride"], param["pad"]
        features, conv_cache = conv_forward_naive(x, w, b, param)
        active, relu_cache = relu_forward(features)
        pooled, pool_cache = max_pool_forward_naive(active, POOL)
        dout = rng.standard_normal(pooled.shape)
        expected = conv_backward_naive(relu_backward(max_pool_backward_naive(dout, pool_cache), relu_cache), conv_cache)[1]
        padded, dw = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))), np.zeros(w.shape)
        for n, f, r, s in zip(*np.nonzero(pooled > 0), strict=True):
            window = features[n, f, 2 * r : 2 * r + 2, 2 * s : 2 * s + 2]
            i, j = 2 * r + window.argmax() // 2, 2 * s + window.argmax() % 2
            dw[f] += dout[n, f, r, s] * padded[n, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
        yield dw, expected
        yield fused.conv_relu_pool_backward(dout, fused.conv_relu_pool_forward(x, w, b, param, POOL)[1])[1], expected
