"""Hidden checks of the affine layer: values, image-shaped inputs and the three gradients.

Sizes are drawn, from one example to more than a hundred. The bias is checked by the difference that it makes, and is
zero in the other checks, so that a mistake in it costs one check. Images are compared with the same numbers as rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from autograder.checking import Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, backward_contracts, forward_contracts
from autograder.checks._support import LARGE_S, NOT_A_RESULT, observe

FORWARD = "layers.affine_forward"
BACKWARD = "layers.affine_backward"
MANY = (101, 140)
Sizes = tuple[tuple[int, ...], int]
"""Shape of x, and the number of outputs."""
LARGE: dict[str, tuple[Sizes, ...]] = {
    "dx": (((100, 100), 1), ((1000, 300), 1)),
    "dw": (((1, 100), 100), ((1, 300), 1000)),
    "db": (((1, 1), 10_000), ((1, 1), 60_000)),
}
"""The gradient -> sizes that give it many entries: up to 300,000, and fewer for db, since a plain loop needs a product for each."""


def _sizes(s: Session) -> Iterator[Sizes]:
    for N, D, M in s.draw.covering([(2, 9), MANY, (2, 9)], [(2, 9), (2, 9), (20, 40)], (2, 9)):
        yield (N, D), M


def _images(s: Session) -> Iterator[Sizes]:
    for N, *example, M in s.draw.covering((2, 6), [(2, 4), 1], [(2, 5), 1], [(2, 6), 1], (2, 7)):
        yield (N, *example), M
    yield (s.draw.integer(2, 5), 2, 3, 2, 2), 4


def _arguments(s: Session, shape: tuple[int, ...], outputs: int, *, bias: bool = True) -> Arguments:
    x, w = s.draw.normal(shape), s.draw.normal((math.prod(shape[1:]), outputs))
    return {"x": x, "w": w, "b": s.draw.normal((outputs,)) if bias else np.zeros(outputs)}


def _gradients(s: Session, shape: tuple[int, ...], outputs: int) -> tuple[Ref, ...]:
    cache = AFFINE.cache(s, _arguments(s, shape, outputs))
    return s.call(BACKWARD, s.draw.normal((shape[0], outputs)), cache).unpack(3)


def _large_gradients(s: Session, shape: tuple[int, ...], outputs: int) -> tuple[Ref, ...]:
    x, w, dout = s.draw.large(shape), s.draw.large((shape[1], outputs)), s.draw.large((shape[0], outputs))
    cache = AFFINE.cache(s, {"x": x, "w": w, "b": np.zeros(outputs)})
    return s.call(BACKWARD, dout, cache).unpack(3)


def _drawn(s: Session) -> Arguments:
    N, C, H, M = next(s.draw.covering((2, 6), (2, 4), (2, 5), (2, 7)))
    return _arguments(s, (N, C, H), M)


AFFINE = Layer(FORWARD, _drawn, BACKWARD, gradients=("dx", "dw", "db"), upstream=lambda a: (len(a["x"]), len(a["b"])))
forward_contracts("affine-forward", AFFINE)
backward_contracts("affine-backward", AFFINE)


@check(
    "affine-forward",
    asks="Each example is flattened to a row of D = d_1 * ... * d_k numbers, multiplied by the weights, and the biases are added.",
)
def multiplies_each_row_by_w(s: Session) -> None:
    for shape, outputs in _sizes(s):
        s.compare("out", s.call(FORWARD, *_arguments(s, shape, outputs, bias=False).values())[0])


@check(
    "affine-forward",
    asks="Each example is flattened to a row of D = d_1 * ... * d_k numbers, multiplied by the weights, and the biases are added.",
    weight=0.5,
)
def adds_b_to_each_row(s: Session) -> None:
    for shape, outputs in _sizes(s):
        arguments = _arguments(s, shape, outputs)
        without, with_bias = s.arrays(s.call(FORWARD, *given.values())[0] for given in ({**arguments, "b": np.zeros(outputs)}, arguments))
        observe(s, "what the biases add to out", with_bias - without)


@check("affine-forward", asks="Any number of dimensions d_1, ..., d_k is allowed.", kind=Kind.RELATION)
def flattens_each_example_to_one_row(s: Session) -> None:
    for shape, outputs in _images(s):
        arguments = _arguments(s, shape, outputs, bias=False)
        rows = {**arguments, "x": arguments["x"].reshape(shape[0], -1)}
        of_rows, of_images = (s.array(s.call(FORWARD, *given.values())[0]) for given in (rows, arguments))
        s.require(of_rows.any(), NOT_A_RESULT)
        observe(s, "out for images minus out for the same numbers as rows", of_images - of_rows)


@check("affine-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def sizes_may_be_one(s: Session) -> None:
    for N, D, M in s.draw.covering([1, (2, 5), 1], [(2, 5), 1, 1], [(2, 5), 1, 1]):
        s.compare("out", s.call(FORWARD, *_arguments(s, (N, D), M).values())[0])


def _compare_gradient(s: Session, number: int, name: str) -> None:
    for shape, outputs in _sizes(s):
        s.compare(name, _gradients(s, shape, outputs)[number])
    s.growing(LARGE_S, LARGE[name], lambda sizes: s.compare(f"{name} of a large input", _large_gradients(s, *sizes)[number]))


@check("affine-backward", asks="dx : gradient of x, in the shape of x: (N, d_1, ..., d_k).")
def gradient_of_x(s: Session) -> None:
    _compare_gradient(s, 0, "dx")


@check("affine-backward", asks="dw : gradient of w, shape (D, M).")
def gradient_of_w(s: Session) -> None:
    _compare_gradient(s, 1, "dw")


@check("affine-backward", asks="db : gradient of b, shape (M,).", weight=0.5)
def gradient_of_b(s: Session) -> None:
    _compare_gradient(s, 2, "db")


@check("affine-backward", asks="Each gradient has the shape of the array it belongs to.", weight=0.75, kind=Kind.RELATION)
def gradients_for_image_shaped_input(s: Session) -> None:
    for shape, outputs in _images(s):
        arguments, dout = _arguments(s, shape, outputs), s.draw.normal((shape[0], outputs))
        given = (arguments, {**arguments, "x": arguments["x"].reshape(shape[0], -1)})
        images, rows = (s.arrays(s.call(BACKWARD, dout, AFFINE.cache(s, a)).unpack(2)) for a in given)
        for name, image, row in zip(("dx", "dw"), images, rows, strict=True):
            s.require(row.any() and image.size == row.size, "each gradient must have the shape of the array it belongs to")
            observe(s, f"{name} for images minus {name} for the same numbers as rows", image - np.resize(row, image.shape))


@check("affine-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def gradients_where_sizes_are_one(s: Session) -> None:
    for N, D, M in s.draw.covering([1, (2, 5), 1], [(2, 5), 1, 1], [(2, 5), 1, 1]):
        for name, gradient in zip(("dx", "dw", "db"), _gradients(s, (N, D), M), strict=True):
            s.compare(name, gradient)
