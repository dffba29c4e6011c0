"""Shared by the checks of normalization layers: inputs of three kinds, running averages, and how gamma and beta are tested.

Statistics are looked at where the variance is far above eps, and eps where the variance is near it, so that a mistake in one
of them does not cost the check of the other. gamma is checked as a factor and beta as a difference, whatever they act on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.checking import Array, Draw, Ref, Session
from autograder.checks._support import NOT_A_RESULT, observe

DEFAULT_EPS = 1e-5
SMALLEST_EPS = 1e-8
Scaled = Callable[[Array, Array], Ref]
"""The output of a layer for some gamma and beta, with everything else the same."""


def spread(draw: Draw, shape: tuple[int, ...], scale: float = 1e3) -> Array:
    """Entries whose mean and spread change along every axis; with the default scale no variance is near eps."""
    x = draw.normal(shape)
    for axis, length in enumerate(shape):
        along = tuple(length if i == axis else 1 for i in range(len(shape)))
        x = x * draw.rng.uniform(0.7, 1.5, along) + draw.normal(along)
    return np.asarray(scale * x)


def far_from_eps(draw: Draw, shape: tuple[int, ...]) -> Array:
    """A large input whose variance is far above eps, or an upstream gradient that makes up for it."""
    return np.asarray(1e3 * draw.large(shape))


def narrow(draw: Draw, shape: tuple[int, ...], axis: int, eps: float = DEFAULT_EPS) -> Array:
    """Entries whose variance, for each index along an axis, is between a tenth of eps and ten times it."""
    along = tuple(length if i == axis else 1 for i, length in enumerate(shape))
    deviations = draw.permuted(np.sqrt(eps * np.geomspace(0.1, 10, shape[axis])))
    return np.asarray(draw.normal(shape) * deviations.reshape(along) + draw.rng.uniform(-1, 1, along))


def some_eps(draw: Draw) -> Iterator[tuple[float, dict[str, Any]]]:
    """The default eps, a small one and a large one, each with the entries of the dictionary that ask for it."""
    yield DEFAULT_EPS, {}
    for eps in (draw.magnitude(1e-6, 5e-6), draw.magnitude(1e-4, 1e-1)):
        yield eps, {"eps": eps}


def momenta(draw: Draw) -> Iterator[float]:
    """A small momentum, one in the middle and a large one."""
    for low in (0.05, 0.35, 0.65):
        yield draw.between(low, low + 0.3)


def averages(draw: Draw, features: int, variance: float = 5.0) -> dict[str, Array]:
    """Running averages of some features."""
    return {
        "running_mean": draw.normal((features,), scale=np.sqrt(variance)),
        "running_var": variance * draw.rng.uniform(0.5, 2.0, features),
    }


def gamma_beta(draw: Draw, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Scales and shifts that are not near zero."""
    return draw.away_from_zero(shape, gap=0.5), draw.away_from_zero(shape, gap=0.5)


def plain(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Scales and shifts that change nothing."""
    return np.ones(shape), np.zeros(shape)


def whole_numbers(draw: Draw, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Scales and shifts that are integers."""
    return draw.rng.integers(2, 9, shape), draw.rng.integers(-9, -1, shape)


def observe_gamma(s: Session, gamma: Array, out: Scaled, axes: tuple[int, ...]) -> None:
    """Look at the factors between the outputs with and without gamma; ``axes`` are those along which it is the same."""
    with_gamma, without = s.arrays(out(scale, np.zeros(gamma.shape)) for scale in (gamma, np.ones(gamma.shape)))
    s.require(np.ptp(without) > 0, NOT_A_RESULT)
    observe(s, "the factor of out for each gamma", (with_gamma * without).sum(axes) / (without**2).sum(axes))


def observe_beta(s: Session, beta: Array, out: Scaled) -> None:
    """Look at the difference between the outputs with and without beta."""
    with_beta, without = s.arrays(out(np.ones(beta.shape), shift) for shift in (beta, np.zeros(beta.shape)))
    observe(s, "what the shifts add to out", with_beta - without)
