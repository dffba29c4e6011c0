"""Shared by the checks of dropout: inputs without zeros, so that output divided by input is the mask."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checking import Array, Ref, Session
from autograder.checks._contracts import Arguments

FORWARD = "layers.dropout_forward"


def probabilities(s: Session) -> Iterator[float]:
    """Small, medium and large probabilities."""
    for ends in ((0.05, 0.15), (0.15, 0.85), (0.85, 0.95)):
        yield s.draw.between(*ends)


def shapes(s: Session) -> Iterator[tuple[int, ...]]:
    """About two thousand entries in one to five dimensions."""
    yield (s.draw.integer(1500, 2500),)
    for shape in ((20, 10, 10), (4, 5, 10, 10), (2, 4, 5, 6, 9)):
        yield tuple(n + s.draw.integer(0, 1) for n in shape)


def matrix(s: Session, rows: int, columns: int) -> Array:
    """A matrix of about this size, never square."""
    return s.draw.away_from_zero((rows + s.draw.integer(0, 9), columns + s.draw.integer(10, 19)))


def train(s: Session, x: Array | Ref, p: float, **given: int) -> tuple[Ref, ...]:
    """Output and cache of a forward call in training mode."""
    return s.call(FORWARD, x, {"mode": "train", "p": p, **given}).unpack(2)


def drawn(s: Session) -> Arguments:
    """Arguments of the forward function, with a seed, so that two calls can be compared."""
    shape = next(s.draw.covering((6, 9), (2, 5), (6, 9)))
    param = {"mode": "train", "p": s.draw.between(0.3, 0.7), "seed": s.draw.integer(1, 10**6)}
    return {"x": s.draw.away_from_zero(shape), "dropout_param": param}


def factor(out: Array, x: Array) -> float:
    """The factor by which the kept entries are scaled."""
    kept = out != 0
    return float(np.median(out[kept] / x[kept])) if out.shape == x.shape and kept.any() else 0.0


def same(a: Array, b: Array) -> bool:
    """Whether two arrays are equal up to rounding."""
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12)
