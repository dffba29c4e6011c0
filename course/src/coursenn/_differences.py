"""What a wrong array looks like beside the expected one: facts that point at a mistake.

`coursenn._relations` measures them, and they are put into words here: "every entry is 2 times the expected one" is said
only where it holds to rounding. `coursenn.checking` puts them under its messages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coursenn._older_numpy import cure
from coursenn._places import Place, PlaceKind, axis_names, find_clear_place, find_place, plural
from coursenn._relations import Kind, Relation, find_relation
from coursenn._shape_relations import ShapeKind, find_shape_relation

Array = NDArray[Any]
REORDERED = "These are the right numbers in a different order"
ONE_PER_ROW = "Exactly one entry of each row is off: look at what singles it out, such as the class of the example."
WORDS = {
    Kind.EXPECTED_ZERO: "The expected value is 0.",
    Kind.ZERO: "All of yours is 0: is it computed, or only allocated?",
    Kind.ZERO_TO_ROUNDING: "All of yours is 0, up to rounding.",
    Kind.LOW_PRECISION: "The values are right to the precision of {dtype}: something on the way is {dtype} instead of float64.",
    Kind.SIGN: "Every entry has the right size and the opposite sign.",
    Kind.AMOUNT: "Every entry is off by the same amount, {amount:.6g}: a constant is missing or added twice.",
    Kind.SOME_SIGNS: "The sizes are right and {count} entries have the wrong sign.",
    Kind.FLIPPED: REORDERED + ": yours is turned around along its {axes}.",
    Kind.REORDERED: REORDERED + ": look at reshape, transpose and the order of the axes.",
    Kind.MEAN_REMOVED: "Yours is the expected array with the mean over its {axes} subtracted.",
    Kind.MEAN_NOT_REMOVED: "Yours would be right with the mean over its {axes} subtracted.",
    Kind.LINE_AMOUNTS: "Each {axis} is off by an amount of its own: look at what is added to each {axis}, or summed over {others}.",
    Kind.LINE_FACTORS: "Each {axis} is off by a factor of its own: look at what multiplies or divides each {axis}.",
}
SHAPE_WORDS = {
    ShapeKind.FIRST_ENTRY: "That is the shape of its first entry: "
    "does the function return one thing where two, such as (out, cache), are expected?",
    ShapeKind.SAME_SIZE: "The number of entries is right: a reshape at the end is missing or different.",
    ShapeKind.NO_PIXELS: "No row or column of the images is left: count the windows once more.",
}
MAX_MULTIPLE = 1e4
"""Larger multiples are not named: too many of them are near a whole number by chance."""


def hints(got: Array, want: Array, allowed: float, dtype: np.dtype[Any]) -> str:
    """Facts about a wrong array, each on a line of its own that starts with a line break.

    Parameters
    ----------
    got, want : float arrays of one shape.
    allowed : largest absolute error that counts as right.
    dtype : what ``got`` had before it was made float64.
    """
    precision = float(np.finfo(dtype).eps) if dtype.kind == "f" and dtype.itemsize < 8 else 0.0
    relation = find_relation(got, want, allowed, precision)
    facts = [_sentence(relation, got, dtype)] if relation else []
    with np.errstate(invalid="ignore"):
        place = find_clear_place(np.where(got == want, 0.0, np.abs(got - want)), allowed)
    if place and place.kind is PlaceKind.ONE_PER_ROW and ONE_PER_ROW not in facts:
        facts.append(ONE_PER_ROW)
    return "".join(f"\n{fact}" for fact in facts if fact)


def _sentence(relation: Relation, got: Array, dtype: np.dtype[Any]) -> str:
    if relation.kind is Kind.PLACE and relation.place:
        one_per_row = relation.place.kind is PlaceKind.ONE_PER_ROW
        return ONE_PER_ROW if one_per_row else f"Wrong entries are{_place_words(relation.place, got.ndim)}."
    if relation.kind is Kind.FACTOR:
        return _factor_sentence(relation.factor, got.shape)
    if relation.kind is Kind.RATIO:
        return _ratio_sentence(relation.factor)
    if relation.kind is Kind.SIGN and got.size == 1:
        return "The size is right and the sign is wrong."
    if relation.kind is Kind.AXES_PERMUTED:
        return f"Yours is the expected array {'transposed' if got.ndim == 2 else 'with its axes in a different order'}."
    names = axis_names(got.ndim)
    chosen = [names[axis] for axis in relation.axes]
    others = [f"the {plural(name)}" for axis, name in enumerate(names) if axis not in relation.axes]
    return WORDS[relation.kind].format(
        axis=" and ".join(chosen),
        axes=" and ".join(map(plural, chosen)),
        others=", ".join(others[:-1]) + (" and " if others[1:] else "") + "".join(others[-1:]),
        amount=relation.amount,
        count=relation.count,
        dtype=dtype,
    )


def _factor_sentence(factor: float, shape: tuple[int, ...]) -> str:
    text = f"Every entry is {factor:.6g} times the expected one."
    for axis, length in enumerate(shape):
        if length > 1 and (abs(factor - length) < 1e-5 * length or abs(factor * length - 1) < 1e-5):
            which = "the length" if factor > 1 else "1 / the length"
            return f"{text} That is {which} of axis {axis}: there is a sum where a mean belongs, or the other way round."
    if factor < 1 and abs(1 / factor - round(1 / factor)) < 1e-5 < 1 / factor - 1.5:
        return f"{text} That is 1/{round(1 / factor)}: look for a mean, or a division by the number of examples."
    return text


def _ratio_sentence(ratio: float) -> str:
    """One number as a multiple of another; empty when that says nothing."""
    for factor, text in ((2.0, "It is twice the expected value."), (0.5, "It is half the expected value.")):
        if abs(ratio - factor) <= 1e-6 * factor:
            return text
    for times, text in ((ratio, "It is {} times the expected value."), (1 / ratio, "It is 1/{} of the expected value.")):
        if 2.5 < times < MAX_MULTIPLE and abs(times - round(times)) <= 1e-6 * times:
            return f"{text.format(round(times))} Is that a number of examples, of classes or of entries?"
    return ""


def shape_hint(got: tuple[int, ...], want: tuple[int, ...]) -> str:
    """What a wrong shape looks like beside the expected one, as one line; empty when it looks like nothing known."""
    relation = find_shape_relation(got, want)
    if relation is None:
        return ""
    if relation.kind is ShapeKind.PERMUTED:
        order = "reversed" if got == want[::-1] else "with its axes in a different order"
        return f"That is the expected shape {order}: is something transposed?"
    if relation.kind is ShapeKind.PADDED:
        rows = relation.excess
        return f"Images are {rows} rows and columns too large: is a padding of {rows // 2} still around them?"
    if relation.kind is ShapeKind.OFF_BY_ONE:
        return f"Images are one row and one column too {'large' if relation.excess > 0 else 'small'}: count the windows once more."
    return SHAPE_WORDS.get(relation.kind, "")


def explain(error: BaseException) -> str:
    """What an exception usually means in an exercise, as one line; empty for one that speaks for itself."""
    text = str(error)
    if isinstance(error, TypeError) and "NoneType" in text:
        return "A function gave None: does each of yours end with `return`, and with all that its docstring lists?"
    if isinstance(error, ValueError) and "values to unpack" in text:
        listed = "a function returns all that its docstring lists, and x.shape has a number for each axis."
        return f"The line has names for a different number of things from what it gets: {listed}"
    if isinstance(error, (TypeError, IndexError)) and ("cannot be interpreted as an integer" in text or "slice indices must be" in text):
        return "Sizes and indices are whole numbers: divide them with // in place of /."
    found = cure(type(error).__name__, text)
    return found[:1].upper() + found[1:]


def describe_place(bad: Array) -> str:
    """Where the marked entries are, as words that follow "are": the border, one channel, some rows. Empty when there is no pattern."""
    place = find_place(bad)
    return _place_words(place, bad.ndim) if place else ""


def _place_words(place: Place, ndim: int) -> str:
    if place.kind is PlaceKind.IMAGE_BORDER:
        return " on the border of the images only: look at the padding"
    if place.kind is PlaceKind.IMAGE_INSIDE:
        return " within the images only, and their border is right"
    if place.kind is PlaceKind.ONE_PER_ROW:
        return ", exactly one in each row"
    if ndim == 1:
        return f" at {_indices(place.wrong)} only"
    name = axis_names(ndim)[place.axis]
    right = set(range(place.length)) - set(place.wrong)
    if len(right) == 1 and place.length > 2:
        return f" in every {name} except {name} {right.pop()}"
    return f" in {name} {_indices(place.wrong)} only"


def _indices(found: tuple[int, ...]) -> str:
    return ", ".join(map(str, found[:6])) + (f" and {len(found) - 6} more" if len(found) > 6 else "")
