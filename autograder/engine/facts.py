"""The nearest fact about a wrong array: how it relates to the expected one, in words that contain no value of either.

The facts are found by `coursenn._relations` and its neighbours, which the visible checks use too; only the words are here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.checking import Array
from autograder.given_module import given_module

_places, _relations, _shape_relations = map(given_module, ("_places", "_relations", "_shape_relations"))
Kind, PlaceKind, ShapeKind = _relations.Kind, _places.PlaceKind, _shape_relations.ShapeKind

VALUES = {
    Kind.EXPECTED_ZERO: "all of it should be zero",
    Kind.ZERO: "all of it is zero",
    Kind.ZERO_TO_ROUNDING: "all of it is zero up to rounding",
    Kind.LOW_PRECISION: "the values are right to the precision of float32: something on the way is not float64",
    Kind.SIGN: "the sign is wrong",
    Kind.AMOUNT: "all of it is off by the same amount",
    Kind.SOME_SIGNS: "the sizes are right, and some of the signs are wrong",
    Kind.FLIPPED: "it is turned around along its {axes}",
    Kind.REORDERED: "these are the right numbers in another order",
    Kind.MEAN_REMOVED: "it is the expected array with the mean over its {axes} taken off",
    Kind.MEAN_NOT_REMOVED: "it would be right with the mean over its {axes} taken off",
    Kind.LINE_AMOUNTS: "each {axis} is off by an amount of its own",
    Kind.LINE_FACTORS: "each {axis} is right up to a factor of its own",
}
SHAPES = {
    ShapeKind.NO_PIXELS: "no row or column of the images is left",
    ShapeKind.PADDED: "a padding is still around the images",
    ShapeKind.SUMMED_TOO_FAR: "it is the expected array summed over too many axes",
    ShapeKind.NOT_SUMMED: "it is not summed over all the axes it should be",
    ShapeKind.FIRST_ENTRY: "that is the shape of its first entry: is one thing returned where two are asked for?",
}

NUMBERS = {"two": 2.0, "one half": 0.5}
"""Factors that are given as numbers."""


def shape_fact(value: Array, expected: Array, tolerance: float) -> str:
    """How a wrong shape relates to the right one; empty if no relation is known."""
    relation = _shape_relations.find_shape_relation_of(value, expected, tolerance)
    if relation is None:
        return ""
    if relation.kind is ShapeKind.PERMUTED:
        return "it is transposed, and its values are right" if relation.exact else "it looks transposed"
    if relation.kind is ShapeKind.SAME_SIZE:
        return "the values are right, a reshape is missing" if relation.exact else "the number of entries is right"
    if relation.kind is ShapeKind.OFF_BY_ONE:
        return f"one row and one column too {'many' if relation.excess > 0 else 'few'}"
    return SHAPES[relation.kind]


def value_fact(value: Array, expected: Array, tolerance: float, sizes: Mapping[str, int], precision: float = 0.0) -> str:
    """How wrong values relate to the right ones; empty if no relation is known.

    Parameters
    ----------
    value, expected : finite arrays of one shape.
    tolerance : largest absolute error that counts as right.
    sizes : names that a student knows -> lengths of the inputs, such as ``{"N": 5, "D": 4}``.
    precision : resolution of the dtype of ``value``, if it is coarser than float64's.
    """
    relation = _relations.find_relation(value, expected, tolerance, precision)
    if relation is None:
        return ""
    if relation.kind is Kind.PLACE:
        return _place_fact(relation.place, value.ndim)
    if relation.kind is Kind.RATIO:
        name = _name(relation.factor, sizes, 1e-6)
        return f"it is right up to a factor {name}" if name else ""
    if relation.kind is Kind.FACTOR:
        name = _name(relation.factor, sizes, 1e-5)
        return f"all of it is right up to a factor {name}" if name else "all of it is off by the same factor"
    if relation.kind is Kind.AXES_PERMUTED:
        return _order_fact(relation.axes)
    names = [_places.axis_names(value.ndim)[axis] for axis in relation.axes]
    return VALUES[relation.kind].format(axis=" and ".join(names), axes=" and ".join(map(_places.plural, names)))


def is_correction(fact: str) -> bool:
    """Whether a fact names a factor such as N/(N - 1), which is said only if nothing better is known."""
    return " - 1)" in fact


def _order_fact(order: tuple[int, ...]) -> str:
    if len(order) == 2:
        return "it is transposed"
    exchanged = sum(axis != place for place, axis in enumerate(order)) == 2
    return "two of its axes are exchanged" if exchanged else "its axes are in another order"


def _name(factor: float, sizes: Mapping[str, int], rtol: float) -> str:
    """What the factor is, if it is a number that appears in the formula; the plainest names win."""
    lengths = {name: length for name, length in sizes.items() if length > 1}
    plain = dict(NUMBERS)
    corrections: dict[str, float] = {}
    for name, n in lengths.items():
        plain |= {name: n, f"1/({name})" if "*" in name else f"1/{name}": 1 / n}
        whole = f"({name})" if "*" in name else name
        corrections |= {f"{whole}/({name} - 1)": n / (n - 1), f"({name} - 1)/{whole}": (n - 1) / n}
    roots = {f"the root of {name}": math.sqrt(f) for name, f in (plain | corrections).items() if name not in NUMBERS}
    for kind in (plain, corrections, roots):
        names = {name: sign for name, f in kind.items() for sign in (1, -1) if abs(factor - sign * f) <= rtol * f}
        if names:
            return _together(names)
    return ""


def _together(names: Mapping[str, int]) -> str:
    """What a factor is called, with its sign; a length that happens to be two gives no second name for the factor two."""
    numbers = [name for name in names if name in NUMBERS]
    lengths = sorted((name for name in names if name not in NUMBERS), key=len)
    if not numbers:
        return " or ".join(("minus " if names[name] < 0 else "") + name for name in lengths[:2])
    number = f"of {'minus ' if names[numbers[0]] < 0 else ''}{numbers[0]}"
    return number + (f", and {lengths[0].removeprefix('1/').strip('()')} is two here" if lengths else "")


def where(wrong: Array) -> str:
    """Where the marked entries are, if that place has a name; empty if it has none, or if all are marked."""
    place = _places.find_place(wrong)
    return _place_fact(place, wrong.ndim) if place else ""


def _place_fact(place: Any, ndim: int) -> str:
    """A `Place` in words."""
    names = _places.axis_names(ndim)
    if place.kind is PlaceKind.ONE_PER_ROW:
        return "exactly one entry of each row is wrong"
    if place.kind is PlaceKind.IMAGE_INSIDE:
        return "the border of the images is right, and what lies within is wrong"
    if place.kind is PlaceKind.IMAGE_BORDER:
        sides = [f"the {_end(index, -1)} {names[axis]}" for axis, index in place.sides]
        return f"only {sides[0] if len(sides) == 1 else 'the border'} of the images is wrong"
    return _lines_fact(place, names[place.axis])


def _lines_fact(place: Any, name: str) -> str:
    last = place.length - 1
    right = sorted(set(range(place.length)) - set(place.wrong))
    for lines, word in ((place.wrong, "wrong"), (right, "right")):
        if len(lines) == 1:
            end = _end(lines[0], last)
            return f"only {f'the {end}' if end else 'one'} {name} is {word}"
    if place.wrong == (0, last):
        return f"only the first and the last {name} are wrong"
    return f"some {_places.plural(name)} are right and others are wrong"


def _end(index: int, last: int) -> str:
    return "first" if index == 0 else "last" if index == last else ""


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
