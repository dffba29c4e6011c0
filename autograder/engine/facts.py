"""The nearest fact about a wrong array: what it is beside the expected one, in words that hold no value of either.

Every fact is measured on all entries, none is a guess: "right up to a factor N" is said only where it holds to rounding.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

import numpy as np

from autograder.checking import Array

AXES = {1: ("entry",), 2: ("row", "column"), 3: ("matrix", "row", "column"), 4: ("image", "channel", "row", "column")}
MAX_PERMUTED = 4
"""More axes than these are not tried in every order."""
MAX_SUMMED = 6
"""More axes than these are not summed over in every way: there are two to the power of their number."""
LOOSE = 1e-6


def shape_fact(value: Array, expected: Array, tolerance: float) -> str:
    """What a wrong shape looks like beside the right one; empty when it looks like nothing known."""
    got, want = value.shape, expected.shape
    if 2 <= value.ndim == expected.ndim <= MAX_PERMUTED and sorted(got) == sorted(want):
        for order in itertools.permutations(range(value.ndim)):
            if value.transpose(order).shape == want and _close(value.transpose(order), expected, tolerance):
                return "it is transposed, and its values are right"
        return "it looks transposed"
    if value.size == expected.size:
        right = _close(value.reshape(want), expected, tolerance)
        return "the values are right, a reshape is missing" if right else "the number of entries is right"
    if len(want) == len(got) == 4 and got[:2] == want[:2] and min(got[2:]) == 0:
        return "no row or column of the images is left"
    if len(want) == len(got) == 4 and got[:2] == want[:2]:
        rows, columns = got[2] - want[2], got[3] - want[3]
        if rows == columns > 0 and rows % 2 == 0:
            return "a padding is still around the images"
        if rows == columns and abs(rows) == 1:
            return f"one row and one column too {'many' if rows > 0 else 'few'}"
    if value.ndim < expected.ndim and _is_sum(value, expected, tolerance):
        return "it is the expected array summed over too many axes"
    if value.ndim > expected.ndim and _is_sum(expected, value, tolerance):
        return "it is not summed over all the axes it should be"
    if len(want) > 1 and got == want[1:]:
        return "that is the shape of its first entry: is one thing returned where two are asked for?"
    return ""


def _is_sum(small: Array, large: Array, tolerance: float) -> bool:
    if large.ndim > MAX_SUMMED:
        return False
    for count in range(1, large.ndim + 1):
        for axes in itertools.combinations(range(large.ndim), count):
            total = large.sum(axis=axes)
            if total.shape == small.shape and _close(small, total, tolerance * large.size):
                return True
    return False


def value_fact(value: Array, expected: Array, tolerance: float, sizes: Mapping[str, int], precision: float = 0.0) -> str:
    """What wrong values look like beside the right ones; empty when they look like nothing known.

    Parameters
    ----------
    value, expected : finite arrays of one shape.
    tolerance : largest absolute error that counts as right.
    sizes : names that a student knows -> lengths of the inputs, such as ``{"N": 5, "D": 4}``.
    precision : resolution of the dtype that ``value`` came in, when that is less than float64's.
    """
    scale = float(np.max(np.abs(expected), initial=0.0))
    close = max(tolerance, LOOSE * scale)
    if not np.any(value):
        return "all of it is zero"
    if precision and _close(value, expected, 100 * precision * scale):
        return "the values are right to the precision of float32: something on the way is not float64"
    if scale <= tolerance:
        return "all of it should be zero"
    for fact in (_factor(value, expected, close, sizes), _order(value, expected, close), _sums(value, expected, close)):
        if fact:
            return fact
    wrong = np.abs(value - expected) > tolerance
    place = where(wrong)
    if place:
        return place
    along = _along(value, expected, close)
    return along or _direction(value, expected)


def _close(a: Array, b: Array, tolerance: float) -> bool:
    return bool(np.max(np.abs(a - b), initial=0.0) <= tolerance)


def _factor(value: Array, expected: Array, close: float, sizes: Mapping[str, int]) -> str:
    """One factor, or one amount, for the whole array."""
    if _close(value, -expected, close):
        return "the sign is wrong"
    if expected.size == 1:
        ratio = float(value.reshape(-1)[0] / expected.reshape(-1)[0])
        name = _name(ratio, sizes)
        return f"it is right up to a factor {name}" if name else ""
    factor = float(np.sum(value * expected) / np.sum(expected * expected))
    if factor and _close(value, factor * expected, close * max(1.0, abs(factor))):
        name = _name(factor, sizes)
        return f"all of it is right up to a factor {name}" if name else "all of it is off by the same factor"
    if _close(value - np.mean(value - expected), expected, close):
        return "all of it is off by the same amount"
    if _close(np.abs(value), np.abs(expected), close):
        return "the sizes are right, and some of the signs are wrong"
    return ""


def _name(factor: float, sizes: Mapping[str, int]) -> str:
    """What the factor is, when it is a number that a student meets in the formula; the plainest names win."""
    lengths = {name: length for name, length in sizes.items() if length > 1}
    plain = {"of two": 2.0, "of one half": 0.5}
    corrections: dict[str, float] = {}
    for name, n in lengths.items():
        plain |= {name: n, f"1/({name})" if "*" in name else f"1/{name}": 1 / n}
        corrections |= {f"{name}/({name} - 1)": n / (n - 1), f"({name} - 1)/{name}": (n - 1) / n}
    roots = {f"the root of {name}": math.sqrt(f) for name, f in (plain | corrections).items() if not name.startswith("of")}
    for kind in (plain, corrections, roots):
        names = [sign + name for name, f in kind.items() for sign, s in (("", 1), ("minus ", -1)) if abs(factor - s * f) <= 1e-5 * f]
        if names:
            return " or ".join(sorted(names, key=len)[:2])
    return ""


def _order(value: Array, expected: Array, close: float) -> str:
    """The right numbers in other places."""
    if value.ndim < 1 or value.size < 2:
        return ""
    if 2 <= value.ndim <= MAX_PERMUTED:
        for order in itertools.permutations(range(value.ndim)):
            if value.transpose(order).shape == expected.shape and _close(value.transpose(order), expected, close):
                return "it is transposed" if value.ndim == 2 else "two of its axes are exchanged"
    names = _axis_names(value.ndim)
    for count in range(1, min(value.ndim, 2) + 1):
        for axes in itertools.combinations(range(value.ndim), count):
            if _close(np.flip(value, axes), expected, close):
                return f"it is turned around along its {' and '.join(names[a] + 's' for a in axes)}"
    if _close(np.sort(value, axis=None), np.sort(expected, axis=None), close):
        return "these are the right numbers in another order"
    return ""


def _sums(value: Array, expected: Array, close: float) -> str:
    """Parts of it are right on the whole."""
    if value.ndim < 2:
        return ""
    for axis, name in enumerate(_axis_names(value.ndim)):
        mean = expected.mean(axis=axis, keepdims=True)
        if value.shape[axis] > 1 and _close(value, expected - mean, close):
            return f"it is the expected array with the mean over its {name}s taken off"
        other = value.mean(axis=axis, keepdims=True)
        if value.shape[axis] > 1 and np.any(np.abs(other) > close) and _close(value - other, expected, close):
            return f"it would be right with the mean over its {name}s taken off"
    return ""


def _along(value: Array, expected: Array, close: float) -> str:
    """Each row, column or channel is right up to something of its own."""
    if value.ndim not in (2, 4):
        return ""
    names = _axis_names(value.ndim)
    kept = [axis for axis in range(value.ndim) if value.shape[axis] > 1 and value.size // value.shape[axis] > 1]
    for axis in kept if value.ndim == 2 else [a for a in kept if a < 2]:
        others = tuple(a for a in range(value.ndim) if a != axis)
        shift = value - expected
        if np.ptp(shift, axis=others).max() <= close:
            return f"each {names[axis]} is off by an amount of its own"
        norms = (expected * expected).sum(axis=others, keepdims=True)
        if (norms > 0).all():
            factors = (value * expected).sum(axis=others, keepdims=True) / norms
            if _close(value, factors * expected, close):
                return f"each {names[axis]} is right up to a factor of its own"
    return ""


def _direction(value: Array, expected: Array) -> str:
    """How far it points the same way."""
    if value.size < 4:
        return ""
    a, b = value.reshape(-1), expected.reshape(-1)
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    if norm and float(a @ b) / norm > 0.99:
        return "it points almost the right way: a small term is missing or too much"
    return ""


def where(wrong: Array) -> str:
    """Where the marked entries are, when that is a place with a name; empty when it is not, or all are marked."""
    if wrong.ndim == 0 or wrong.all() or not wrong.any():
        return ""
    if wrong.ndim == 4 and min(wrong.shape[2:]) > 2:
        if not wrong[:, :, 1:-1, 1:-1].any():
            return f"only {_border(wrong)} of the images is wrong"
        inner = wrong.copy()
        inner[:, :, 1:-1, 1:-1] = False
        if not inner.any():
            return "the border of the images is right, and what lies within is wrong"
    if wrong.ndim == 2 and wrong.shape[0] > 2 and (wrong.sum(axis=1) == 1).all():
        return "exactly one entry of each row is wrong"
    for axis, name in enumerate(_axis_names(wrong.ndim)):
        hit = np.asarray(wrong.any(axis=tuple(a for a in range(wrong.ndim) if a != axis)))
        if hit.size > 1 and not hit.all():
            return _along_axis(hit, name)
    if wrong.ndim == 2 and wrong.shape[0] == wrong.shape[1] > 2 and not (wrong & ~np.eye(len(wrong), dtype=bool)).any():
        return "only the diagonal is wrong"
    return ""


def _along_axis(hit: Array, name: str) -> str:
    if hit.sum() == 1:
        place = "first" if hit[0] else "last" if hit[-1] else ""
        return f"only the {place} {name} is wrong" if place else f"only one {name} is wrong"
    if (~hit).sum() == 1:
        place = "first" if not hit[0] else "last" if not hit[-1] else ""
        return f"only the {place} {name} is right" if place else f"only one {name} is right"
    if hit.sum() == 2 and hit[0] and hit[-1]:
        return f"only the first and the last {name} are wrong"
    return f"some {name}s are right and others are wrong"


def _border(wrong: Array) -> str:
    sides = {
        "the first row": wrong[:, :, 0, 1:-1],
        "the last row": wrong[:, :, -1, 1:-1],
        "the first column": wrong[:, :, 1:-1, 0],
        "the last column": wrong[:, :, 1:-1, -1],
    }
    hit = [name for name, side in sides.items() if side.any()]
    return hit[0] if len(hit) == 1 else "the border"


def _axis_names(count: int) -> tuple[str, ...]:
    return AXES.get(count, ("slice",) * count)


def sizes_of(arrays: Iterator[Array] | tuple[Array, ...]) -> dict[str, int]:
    """Names of the lengths of a function's inputs, as docstrings call them: the first input is a batch."""
    first = next(iter(arrays), None)
    if first is None or not first.ndim:
        return {}
    if first.ndim == 4:
        N, C, H, W = first.shape
        return {"N": N, "C": C, "H": H, "W": W, "N*H*W": N * H * W, "H*W": H * W, "C*H*W": C * H * W}
    sizes = {"N": first.shape[0]}
    if first.ndim > 1:
        D = math.prod(first.shape[1:])
        sizes |= {"D": D, "N*D": first.shape[0] * D}
    return sizes
