"""Numeric gradients: centred differences, to hold the gradients of your backward functions against.

Source: book: affine-relu-losses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Index = tuple[int, ...]


def eval_numerical_gradient(f: Callable[[Array], Any], x: Array, verbose: bool = True, h: float = 1e-5) -> Array:
    """Numeric gradient of a function of an array with one number as its value.

    Parameters
    ----------
    f : called with x, returns a number. It may ignore its argument and use x through a name of its own, since x itself is
        changed, entry by entry.
    x : the point, a floating-point array of any shape; its entries are put back, also when f raises.
    verbose : whether to print each index and derivative.
    h : half the distance between the two points of a difference, above 0.

    Returns
    -------
    array in the shape of x, (f(x + h e) - f(x - h e)) / 2h for each entry.

    Raises
    ------
    ValueError
        When x is not a floating-point array, for an integer cannot move by h.
    """
    grad = np.zeros_like(x)
    for ix in _indices(x):
        above, below = _both_sides(f, x, ix, h)
        grad[ix] = (above - below) / (2 * h)
        if verbose:
            print(ix, grad[ix])
    return grad


def eval_numerical_gradient_array(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    """Numeric gradient of a function with an array as its value, contracted with an upstream gradient.

    Parameters
    ----------
    f : called with x, returns an array or a number.
    x : the point, a floating-point array of any shape; changed entry by entry, and put back, also when f raises.
    df : upstream gradient, in the shape of f(x).
    h : half the distance between the two points of a difference, above 0.

    Returns
    -------
    array in the shape of x, the sum of df * (f(x + h e) - f(x - h e)) / 2h for each entry.

    Raises
    ------
    ValueError
        When x is not a floating-point array, for an integer cannot move by h.
    """
    grad = np.zeros_like(x)
    for ix in _indices(x):
        above, below = _both_sides(f, x, ix, h)
        grad[ix] = np.sum((above - below) * df) / (2 * h)
    return grad


def grad_check_sparse(f: Callable[[Array], Any], x: Array, analytic_grad: Array, num_checks: int = 10, h: float = 1e-5) -> None:
    """Print numeric and analytic derivative at some random entries.

    Parameters
    ----------
    f : called with x, returns a number.
    x : the point, a floating-point array of any shape; changed entry by entry, and put back, also when f raises.
    analytic_grad : the gradient to look at, in the shape of x.
    num_checks : number of entries, drawn from numpy's global generator.
    h : half the distance between the two points of a difference, above 0.
    """
    _require_float(x)
    for _ in range(num_checks):
        ix = tuple(int(np.random.randint(size)) for size in x.shape)
        above, below = _both_sides(f, x, ix, h)
        numeric = (above - below) / (2 * h)
        analytic = analytic_grad[ix]
        scale = abs(numeric) + abs(analytic)
        error = abs(numeric - analytic) / scale if scale else 0.0
        print(f"numerical: {numeric:f} analytic: {analytic:f}, relative error: {error:e}")


def _require_float(x: Array) -> None:
    if not np.issubdtype(x.dtype, np.floating):
        raise ValueError(f"a numeric gradient needs a floating-point array, not {x.dtype}: use x.astype(float)")


def _indices(x: Array) -> Iterator[Index]:
    _require_float(x)
    return iter(np.ndindex(x.shape))


@contextmanager
def _entry(x: Array, ix: Index, value: Any) -> Iterator[None]:
    """Give one entry another value for a while."""
    before = x[ix]
    x[ix] = value
    try:
        yield
    finally:
        x[ix] = before


def _both_sides(f: Callable[[Array], Any], x: Array, ix: Index, h: float) -> tuple[Any, Any]:
    before = x[ix]
    with _entry(x, ix, before + h):
        # A function may hand out the same buffer at every call.
        above = np.array(f(x))
    with _entry(x, ix, before - h):
        below = np.array(f(x))
    return above, below
