"""The identities of the book: equations that a program can compute on both sides.

A module of this folder belongs to the page of the same name (underscores for hyphens). It registers functions::

    @identity("softmax-shift", "Adding a number to all scores of an example changes no probability.")
    def shift(rng: Generator) -> Pairs:
        ...
        yield left, right

The label is that of an equation of the page. One side comes from the reference of the course wherever it has the function.
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
"""The bound for a derivative against a difference quotient of fourth order."""


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
        """The largest difference of the two sides, relative to the largest entry of the right one where that is above 1."""
        found = [_difference(left, right) for left, right in self.pairs(np.random.default_rng(231))]
        if not found:
            raise ValueError(f"{self.page}, {self.name}: nothing was compared")
        return max(found)


REGISTRY: list[Identity] = []


def identity(label: str, says: str, below: float = ROUNDING) -> Callable[[Callable[[Generator], Pairs]], Callable[[Generator], Pairs]]:
    """Register a function that yields the two sides of a labelled equation, as often as it likes."""

    if not math.isclose(below, 10.0 ** round(math.log10(below))):
        raise ValueError(f"the bound {below} of {label} is no power of ten")

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
    """Gradient of ``sum(upstream * f(x))`` by the centred difference of fourth order; x is moved on a copy, entry by entry."""
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
    """Matrix of the derivatives of the flattened ``f(x)`` by the flattened x, by the centred difference of fourth order."""
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
    """Normal numbers whose absolute values are at least ``gap``, so that no difference quotient steps over a kink at zero."""
    x: Array = rng.standard_normal(shape)
    return x + np.copysign(gap, x)
