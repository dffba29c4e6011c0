"""The identities of the book: equations whose two sides a program can compute.

A module of this folder belongs to the page of the same name (underscores for hyphens). It registers functions::

    @identity("softmax-shift", "Loss of `softmax_loss` if a number is added to the scores of each example.")
    def shift(rng: Generator) -> Pairs:
        ...
        yield left, right

The label is that of an equation of the page. One side is computed by the course's reference if it has the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

Array = np.ndarray[Any, np.dtype[Any]]
Pairs = Iterator[tuple[Any, Any]]

ROUNDING = 1e-12
"""The bound for two ways to compute the same numbers."""
DIFFERENCE = 1e-9
"""The bound for a derivative compared with a difference quotient of fourth order."""


@dataclass(frozen=True)
class Identity:
    """An equation of the book and a function that computes both of its sides."""

    label: str
    page: str
    name: str
    says: str
    below: float
    pairs: Callable[[Generator], Pairs]

    def error(self) -> float:
        """Return the largest difference of the two sides, relative to the largest entry of the right one if that is above 1."""
        found = [_difference(left, right) for left, right in self.pairs(np.random.default_rng(231))]
        if not found:
            raise ValueError(f"{self.page}, {self.name}: nothing was compared")
        return max(found)


REGISTRY: list[Identity] = []


def identity(label: str, says: str, below: float = ROUNDING) -> Callable[[Callable[[Generator], Pairs]], Callable[[Generator], Pairs]]:
    """Register a function that yields one or more pairs of the two sides of a labelled equation."""

    if not math.isclose(below, 10.0 ** round(math.log10(below))):
        raise ValueError(f"the bound {below} of {label} is not a power of ten")

    def register(function: Callable[[Generator], Pairs]) -> Callable[[Generator], Pairs]:
        page = function.__module__.rpartition(".")[2].replace("_", "-")
        REGISTRY.append(Identity(label, page, function.__name__, says, below, function))
        return function

    return register


def _difference(left: Any, right: Any) -> float:
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        raise ValueError(f"the two sides have the shapes {left.shape} and {right.shape}")
    if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
        return float("inf")
    return float(np.max(np.abs(left - right), initial=0) / max(1.0, np.max(np.abs(right), initial=0)))


def numeric_gradient(f: Callable[[Array], Any], x: Array, upstream: Any = 1.0, h: float = 1e-3) -> Array:
    """Return the gradient of ``sum(upstream * f(x))`` by the centred difference of fourth order, on copies of x."""
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        total = 0.0
        for step, weight in ((2, -1), (1, 8), (-1, -8), (-2, 1)):
            moved = np.array(x)
            moved[place] += step * h
            total += weight * float(np.sum(upstream * f(moved)))
        gradient[place] = total / (12 * h)
    return gradient


def jacobian(f: Callable[[Array], Array], x: Array, h: float = 1e-3) -> Array:
    """Return the derivatives of the flattened ``f(x)`` by the flattened x, by the centred difference of fourth order."""
    columns = []
    for place in np.ndindex(x.shape):
        column = np.zeros(np.size(f(x)))
        for step, weight in ((2, -1), (1, 8), (-1, -8), (-2, 1)):
            moved = np.array(x)
            moved[place] += step * h
            column += weight * np.ravel(f(moved)) / (12 * h)
        columns.append(column)
    return np.stack(columns, axis=1)


def away_from_zero(rng: Generator, shape: tuple[int, ...], gap: float = 0.05) -> Array:
    """Return normal numbers with absolute values of at least ``gap``, so that no difference quotient crosses a kink at zero."""
    x: Array = rng.standard_normal(shape)
    return x + np.copysign(gap, x)
