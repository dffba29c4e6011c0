"""Numeric gradients: centred differences, with which the gradients of your backward functions can be compared.

Source: book: gradient-checking.
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


def directional_error(
    f: Callable[[Array], Any], x: Array, df: Any, grad: Array, directions: int = 3, h: float = 1e-5, seed: int | None = 0
) -> float:
    """Error of a gradient along a few random directions: two calls of f for each, where a numeric gradient takes two for each entry.

    A wrong gradient agrees with the numeric one along a random direction only by chance. What it cannot tell is which entry is
    wrong, and a mistake in a few of many entries may be lost among the others: use `eval_numerical_gradient_array` to look closer.

    Parameters
    ----------
    f : called with x, returns an array or a number. It may ignore its argument and use x through a name of its own.
    x : the point, a floating-point array of any shape; moved along the directions, and put back, also when f raises.
    df : upstream gradient, in the shape of f(x); 1 for a function with a number as its value.
    grad : the gradient to look at, in the shape of x.
    directions : how many, at least 1, with normally distributed entries.
    h : half the distance between the two points of a difference, above 0.
    seed : of the directions, which do not come from numpy's global generator; None for others at each call.

    Returns
    -------
    The largest difference between derivative and grad along a direction, relative to the length of grad or to that derivative,
    whichever is larger: about 1e-9 for a right gradient in float64, and near 1 for a useless one.

    Raises
    ------
    ValueError
        When x is not a floating-point array, grad has another shape, or there is no direction.
    """
    _require_float(x)
    if np.shape(grad) != x.shape or directions < 1:
        raise ValueError(f"grad must have the shape of x, {x.shape}, not {np.shape(grad)}, and directions be at least 1, not {directions}")
    generator, before, errors = np.random.default_rng(seed), x.copy(), []
    for _ in range(directions):
        direction = np.asarray(generator.standard_normal(x.shape), x.dtype)
        try:
            x[...] = before + h * direction
            above = np.array(f(x))
            x[...] = before - h * direction
            below = np.array(f(x))
        finally:
            x[...] = before
        numeric = float(np.sum((above - below) * df)) / (2 * h)
        error = abs(numeric - float(np.sum(grad * direction)))
        scale = max(abs(numeric), float(np.linalg.norm(grad)))
        errors.append(error / scale if scale else error)
    return float(np.max(errors))  # a NaN comes out, unlike from max()


def eval_numerical_gradient_stacked(f: Callable[[Array], Any], x: Array, df: Any, h: float = 1e-5) -> Array:
    """Numeric gradient of a layer that treats examples one by one, with many moved copies of the batch in one call.

    The entries at one place of all examples move at once, and the copies for all places are stacked along the first axis. Where
    f does not treat its examples one by one (batch normalization does not), this is `eval_numerical_gradient_array`.

    Parameters
    ----------
    f : called with arrays (K, d_1, ..., d_k) for any K, returns an array whose first axis is K. It must use its argument.
    x : the point, a floating-point array (N, d_1, ..., d_k); not changed, or put back.
    df : upstream gradient, in the shape of f(x).
    h : half the distance between the two points of a difference, above 0.

    Returns
    -------
    array in the shape of x, the sum of df * (f(x + h e) - f(x - h e)) / 2h for each entry.

    Raises
    ------
    ValueError
        When x is not a floating-point array.
    """
    _require_float(x)
    if not _treats_examples_alone(f, x):
        return eval_numerical_gradient_array(f, x, df, h)
    count, places = x.shape[0], x[0].size
    grad: Array = np.empty((count, places), x.dtype)
    upstream = np.broadcast_to(np.asarray(df), np.shape(f(x))).reshape(count, -1)
    step = max(1, STACK // (2 * x.size))
    for first in range(0, places, step):
        moved = np.arange(first, min(first + step, places))
        stack = np.repeat(x.reshape(1, 1, count, places), 2 * len(moved), axis=1).reshape(2, len(moved), count, places)
        for sign, side in zip((h, -h), stack, strict=True):
            side[np.arange(len(moved)), :, moved] += sign
        above, below = np.asarray(f(stack.reshape(-1, *x.shape[1:]))).reshape(2, len(moved), count, -1)
        grad[:, moved] = np.einsum("pnk,nk->np", above - below, upstream) / (2 * h)
    return grad.reshape(x.shape)


STACK = 2**21
"""Numbers in one stack, at most, unless two copies of the batch are more."""


def _treats_examples_alone(f: Callable[[Array], Any], x: Array) -> bool:
    """Whether an example gives the same result in whatever company."""
    if x.ndim < 2 or x.size == 0:
        return False
    whole = np.array(f(x))
    try:
        alone, among_others = np.array(f(x[:1].copy())), np.array(f(np.concatenate([x, 1.5 * x[::-1] + 1])))
    except (ValueError, IndexError):  # made for batches of one size
        return False
    if whole.ndim == 0 or whole.shape[0] != len(x) or among_others.shape != (2 * len(x), *whole.shape[1:]):
        return False
    rtol = 1e-4 if x.dtype.itemsize < 8 else 1e-10
    return all(np.allclose(a, b, rtol=rtol, atol=rtol / 100) for a, b in ((alone, whole[:1]), (among_others[: len(x)], whole)))


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
