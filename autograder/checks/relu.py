"""Hidden checks of the ReLU: what it keeps, what it cuts off, and where the gradient passes.

Positive and negative entries are checked separately, so that a mistake in one costs one check. Returning the input unchanged
passes neither. No entry is close to zero, except where the slope at zero itself is checked.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checking import Array, Kind, Ref, Session, check
from autograder.checks._contracts import ONE_OF_EACH, Arguments, Layer, backward_contracts, forward_contracts
from autograder.checks._support import LARGE_S, NOT_A_RESULT, observe

FORWARD = "layers.relu_forward"
BACKWARD = "layers.relu_backward"
PASSES = "The gradient passes where x is positive and is zero elsewhere."
KEEPS = "Negative entries become zero and all others stay as they are."
GIVEN_BACK = "the function returned its argument unchanged"
LARGE = ((100, 100), (600, 500))


def _entries(s: Session, shape: tuple[int, ...], scale: float = 1.0) -> Array:
    """Entries of both signs, even if there are few."""
    signs = np.resize([1.0, -1.0], shape)
    return np.abs(s.draw.away_from_zero(shape, 0.1 * scale, scale)) * s.draw.permuted(signs)


def _matrices(s: Session) -> Iterator[Array]:
    scales = [(1e-2, 0.1), (1.0, 10.0), (100.0, 1e3)]
    for number, shape in enumerate(s.draw.covering([(2, 9), (101, 140), (2, 9)], [(2, 9), (2, 9), (20, 40)])):
        yield _entries(s, shape, s.draw.magnitude(*scales[number]))


def _shapes(s: Session) -> Iterator[tuple[int, ...]]:
    """One dimension, and three to five."""
    yield (s.draw.integer(4, 200),)
    for number in (3, 4, 5):
        yield next(s.draw.covering(*[(2, 6)] * number))


def _drawn(s: Session) -> Arguments:
    return {"x": _entries(s, next(s.draw.covering((2, 6), (2, 5), (2, 7))))}


RELU = Layer(FORWARD, _drawn, BACKWARD, gradients="dx")
forward_contracts("relu-forward", RELU)
backward_contracts("relu-backward", RELU)


def _forward(s: Session, x: Array) -> Array:
    out = s.array(s.call(FORWARD, x)[0])
    s.require(not np.array_equal(out, x), GIVEN_BACK)
    return np.broadcast_to(out, x.shape)


@check("relu-forward", asks=KEEPS)
def keeps_positive_entries(s: Session) -> None:
    for x in _matrices(s):
        observe(s, "out where x is positive", _forward(s, x)[x > 0])


@check("relu-forward", asks=KEEPS)
def zeroes_negative_entries(s: Session) -> None:
    for x in _matrices(s):
        out = _forward(s, x)
        s.require(out.any(), "positive entries must not become zero")
        observe(s, "out where x is negative", out[x < 0])


@check("relu-forward", asks="x : inputs of any shape.", weight=0.5, kind=Kind.RELATION)
def works_for_any_shape(s: Session) -> None:
    for shape in _shapes(s):
        x = _entries(s, shape)
        # A column of equal entries: the result for an entry must not depend on its place in the input.
        column, out = _forward(s, x.reshape(-1, 1)), _forward(s, x)
        s.require(out.any(), NOT_A_RESULT)
        observe(s, f"out for a {len(shape)}-dimensional input minus out for the same entries in a column", out - column.reshape(shape))


@check("relu-forward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def takes_zero_and_a_single_entry(s: Session) -> None:
    x = _entries(s, (4, 6))
    x[s.draw.integer(0, 3)] = 0.0
    s.compare("out", s.call(FORWARD, x)[0])
    for sign in (1.0, -1.0):
        s.compare("out of a single entry", s.call(FORWARD, np.full((1, 1), sign * s.draw.between(0.5, 2.0)))[0])


def _gradient(s: Session, x: Array, dout: Array) -> Ref:
    return s.call(BACKWARD, dout, s.call(FORWARD, x)[1])


def _backward(s: Session, x: Array) -> Array:
    """The gradient of x, with an upstream gradient of both signs on either side of the kink."""
    dout = s.draw.away_from_zero(x.shape)
    dx = s.array(_gradient(s, x, dout))
    s.require(not np.array_equal(dx, dout), GIVEN_BACK)
    return np.broadcast_to(dx, x.shape)


@check("relu-backward", asks=PASSES)
def passes_the_gradient_where_x_is_positive(s: Session) -> None:
    for x in _matrices(s):
        observe(s, "dx where x is positive", _backward(s, x)[x > 0])

    def look(shape: tuple[int, ...]) -> None:
        s.compare("dx of a large input", _gradient(s, s.draw.large(shape), s.draw.large(shape)))

    s.growing(LARGE_S, LARGE, look)


@check("relu-backward", asks=PASSES)
def stops_the_gradient_where_x_is_negative(s: Session) -> None:
    for x in _matrices(s):
        dx = _backward(s, x)
        s.require(dx.any(), "the gradient must pass where x is positive")
        observe(s, "dx where x is negative", dx[x < 0])


@check("relu-backward", asks="dout : upstream gradient, of any shape.", weight=0.5, kind=Kind.RELATION)
def passes_it_on_for_any_shape(s: Session) -> None:
    for shape in _shapes(s):
        x, dout = _entries(s, shape), s.draw.away_from_zero(shape)
        dx, column = s.array(_gradient(s, x, dout)), s.array(_gradient(s, x.reshape(-1, 1), dout.reshape(-1, 1)))
        s.require(dx.any() and not np.array_equal(dx, dout), NOT_A_RESULT)
        difference = np.broadcast_to(dx, shape) - column.reshape(shape)
        observe(s, f"dx for a {len(shape)}-dimensional input minus dx for the same entries in a column", difference)


@check("relu-backward", asks="At x = 0, where the function has no derivative, this course takes 0.", kind=Kind.EDGE)
def has_slope_zero_at_zero(s: Session) -> None:
    # If half of the entries in three rows are positive, one row cannot hold all of these.
    x = _entries(s, (s.draw.integer(3, 6), s.draw.integer(2, 6)))
    x[s.draw.integer(0, len(x) - 1)] = 0.0
    dx = _backward(s, x)
    s.require(dx.any(), NOT_A_RESULT)
    observe(s, "dx where x is zero", dx[x == 0])


@check("relu-backward", asks=ONE_OF_EACH, kind=Kind.EDGE)
def passes_it_on_for_a_single_entry(s: Session) -> None:
    for sign in (1.0, -1.0):
        x = np.full((1, 1), sign * s.draw.between(0.5, 2.0))
        s.compare("dx", _gradient(s, x, s.draw.away_from_zero((1, 1))))
