"""Identities of the chapter on im2col: the matrix of windows against the naive layers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from coursenn.fast_layers import conv_backward_fast, conv_forward_fast
from coursenn.im2col import col2im, im2col
from coursenn.layers import conv_backward_naive, conv_forward_naive
from tests.book.identities.registry import Array, Pairs, identity

N, C, F = 2, 3, 4
CASES = [(1, 0, (3, 2)), (1, 1, (3, 3)), (2, 1, (2, 3)), (3, 0, (2, 2))]


def _cases(rng: Generator) -> Iterator[tuple[Array, Array, Array, dict[str, int], Array]]:
    """Yield images, filters, biases, settings and the matrix of windows."""
    for stride, pad, window in CASES:
        x, w, b = rng.standard_normal((N, C, 6, 5)), rng.standard_normal((F, C, *window)), rng.standard_normal(F)
        yield x, w, b, {"stride": stride, "pad": pad}, im2col(x, *window, stride, pad)


@identity("im2col", "The entries of `im2col` against pixels that are copied one by one.")
def copies(rng: Generator) -> Pairs:
    for x, w, b, param, columns in _cases(rng):
        stride, pad, (_, _, hh, ww) = param["stride"], param["pad"], w.shape
        _, _, rows, width = conv_forward_naive(x, w, b, param)[0].shape
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        expected = [
            [padded[n, c, i * stride + k, j * stride + m] for n, i, j in itertools.product(range(N), range(rows), range(width))]
            for c, k, m in itertools.product(range(C), range(hh), range(ww))
        ]
        yield columns, np.array(expected)


@identity("im2col-product", "One matrix product and `conv_forward_fast` against `conv_forward_naive`.")
def product(rng: Generator) -> Pairs:
    for x, w, b, param, columns in _cases(rng):
        out = conv_forward_naive(x, w, b, param)[0]
        yield out.transpose(1, 0, 2, 3).reshape(F, -1), w.reshape(F, -1) @ columns + b[:, None]
        yield conv_forward_fast(x, w, b, param)[0], out


@identity("im2col-gradients", "Two matrix products and `conv_backward_fast` against `conv_backward_naive`.")
def gradients(rng: Generator) -> Pairs:
    for x, w, b, param, columns in _cases(rng):
        out, cache = conv_forward_naive(x, w, b, param)
        dout = rng.standard_normal(out.shape)
        flat = dout.transpose(1, 0, 2, 3).reshape(F, -1)
        dx, dw, _ = conv_backward_naive(dout, cache)
        yield dw, (flat @ columns.T).reshape(w.shape)
        yield dx, col2im(w.reshape(F, -1).T @ flat, x.shape, *w.shape[2:], param["stride"], param["pad"])
        yield from zip(conv_backward_fast(dout, conv_forward_fast(x, w, b, param)[1]), (dx, dw), strict=False)


@identity("col2im", "`col2im` against entries added up one by one.")
def sums(rng: Generator) -> Pairs:
    for x, w, b, param, columns in _cases(rng):
        stride, pad, (_, _, hh, ww) = param["stride"], param["pad"], w.shape
        _, _, rows, width = conv_forward_naive(x, w, b, param)[0].shape
        m = rng.standard_normal(columns.shape)
        box = m.reshape(C, hh, ww, N, rows, width)
        expected = np.zeros(x.shape)
        for n, c, u, v in np.ndindex(x.shape):
            for k, i in itertools.product(range(hh), range(rows)):
                for q, j in itertools.product(range(ww), range(width)):
                    if i * stride + k == u + pad and j * stride + q == v + pad:
                        expected[n, c, u, v] += box[c, k, q, n, i, j]
        yield col2im(m, x.shape, hh, ww, stride, pad), expected


@identity("col2im-adjoint", "Two scalar products with `im2col` and `col2im`.")
def adjoint(rng: Generator) -> Pairs:
    for x, w, _, param, columns in _cases(rng):
        m = rng.standard_normal(columns.shape)
        yield np.sum(m * columns), np.sum(col2im(m, x.shape, *w.shape[2:], param["stride"], param["pad"]) * x)


@identity("col2im-counts", "`col2im` after `im2col` against the image times its counts.")
def counts(rng: Generator) -> Pairs:
    for x, w, _, param, columns in _cases(rng):
        size = (*w.shape[2:], param["stride"], param["pad"])
        yield col2im(columns, x.shape, *size), x * col2im(im2col(np.ones_like(x), *size), x.shape, *size)


@identity("conv-operations", "Products of windows with filters, counted by a convolution of ones with ones.")
def operations(rng: Generator) -> Pairs:
    for x, w, b, param, columns in _cases(rng):
        inside = {"stride": param["stride"], "pad": 0}
        out = conv_forward_naive(np.ones_like(x), np.ones_like(w), 0 * b, inside)[0]
        yield 2 * out.sum(), 2 * out.size * C * w.shape[2] * w.shape[3]
        yield columns.shape[0], C * w.shape[2] * w.shape[3]


@identity(
    "im2col-memory", "Size of the matrix against that of 1,000 x 1,000 pixels, padded to keep their size or cut by the stride.", below=1e-2
)
def memory(rng: Generator) -> Pairs:
    x = np.zeros((1, 1, 1000, 1000), np.float32)
    for window, stride in ((3, 1), (3, 2), (5, 4)):
        yield im2col(x, window, window, stride, window // 2).size / x.size, window**2 / stride**2


@identity("im2col-intensity", "The quotient for ten million columns against its limit.", below=1e-4)
def intensity(rng: Generator) -> Pairs:
    for f, k in ((32, 147), (64, 576)):
        m = 10_000_000
        yield 2 * f * k * m / (f * k + k * m + f * m), 2 * f * k / (f + k)
