"""What a wrong array looks like beside the expected one: facts that point at a mistake.

Every fact is measured, none is a guess: "every entry is 2 times the expected one" is said
only where it holds to rounding. `coursenn.checking` puts them under its messages.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
AXES = {2: ("row", "column"), 3: ("axis 0", "axis 1", "axis 2"), 4: ("image", "channel", "row", "column")}


def hints(got: Array, want: Array, allowed: float, dtype: np.dtype[Any]) -> str:
    """Facts about a wrong array, each on a line of its own that starts with a line break.

    Parameters
    ----------
    got, want : finite float arrays of one shape.
    allowed : largest absolute error that counts as right.
    dtype : what ``got`` had before it was made float64.
    """
    facts = _whole(got, want, allowed, dtype)
    bad = np.abs(got - want) > allowed
    if not facts and not bad.all():
        facts = [f"Wrong entries are{place}." for place in [describe_place(bad)] if place]
    if bad.ndim == 2 and bad.shape[0] > 2 and (bad.sum(axis=1) == 1).all() and bad.any(axis=0).sum() > 1:
        facts.append("Exactly one entry of each row is off: look at what singles it out, such as the class of the example.")
    return "".join(f"\n{fact}" for fact in facts)


def _whole(got: Array, want: Array, allowed: float, dtype: np.dtype[Any]) -> list[str]:
    """The first fact that explains the whole array."""
    scale = float(np.max(np.abs(want), initial=0.0))
    close = allowed + 1e-6 * max(scale, float(np.max(np.abs(got), initial=0.0)))
    if scale <= allowed:
        return ["The expected value is 0."]
    if not got.any():
        return ["All of yours is 0: is it computed, or only allocated?"]
    if dtype.kind == "f" and dtype.itemsize < 8 and float(np.max(np.abs(got - want))) <= 100 * np.finfo(dtype).eps * scale:
        return [f"The values are right to the precision of {dtype}: something on the way is {dtype} instead of float64."]
    if got.size > 1:
        if got.ndim == 2 and got.shape[0] == got.shape[1] and np.allclose(got.T, want, rtol=0, atol=close):
            return ["Yours is the expected array transposed."]
        factor = _factor(got, want, close)
        if factor is not None:
            return [_about_factor(factor, got.shape)]
        shift = got - want
        if np.ptp(shift) <= close:
            return [f"Every entry is off by the same amount, {float(shift.mean()):.6g}: a constant is missing or added twice."]
        if np.allclose(np.abs(got), np.abs(want), rtol=0, atol=close):
            return [f"The sizes are right and {int((np.abs(got - want) > allowed).sum())} entries have the wrong sign."]
        if np.allclose(np.sort(got, axis=None), np.sort(want, axis=None), rtol=0, atol=close):
            return ["These are the right numbers in a different order: look at reshape, transpose and the order of the axes."]
        return _along_axes(got, want, close)
    return _of_number(float(got.reshape(())), float(want.reshape(())), close)


def _factor(got: Array, want: Array, close: float) -> float | None:
    large = np.abs(want) > 1e-3 * np.abs(want).max()
    if large.sum() < 2:
        return None
    factor = float(np.median(got[large] / want[large]))
    telling = abs(factor - 1) > 1e-6  # 1 up to rounding explains nothing
    return factor if telling and np.allclose(got, factor * want, rtol=0, atol=close) else None


def _about_factor(factor: float, shape: tuple[int, ...]) -> str:
    if abs(factor) < 1e-9:
        return "All of yours is 0, up to rounding."
    if abs(factor + 1) < 1e-6:
        return "Every entry has the right size and the opposite sign."
    text = f"Every entry is {factor:.6g} times the expected one."
    for axis, length in enumerate(shape):
        if length > 1 and (abs(factor - length) < 1e-5 * length or abs(factor * length - 1) < 1e-5):
            which = "the length" if factor > 1 else "1 / the length"
            return f"{text} That is {which} of axis {axis}: a sum stands where a mean belongs, or the other way round."
    if factor < 1 and abs(1 / factor - round(1 / factor)) < 1e-5 < 1 / factor - 1.5:
        return f"{text} That is 1/{round(1 / factor)}: look for a mean, or a division by the number of examples."
    return text


def _along_axes(got: Array, want: Array, close: float) -> list[str]:
    """Each row (or column) is off by a factor or an amount of its own."""
    if got.ndim != 2 or min(got.shape) < 2:
        return []
    for axis, name, other in ((0, "column", "rows"), (1, "row", "columns")):
        shift = got - want
        if np.ptp(shift, axis=axis).max() <= close:
            return [f"Each {name} is off by an amount of its own: look at what is added to each {name}, or summed over the {other}."]
        norms = (want * want).sum(axis=axis, keepdims=True)
        if (norms > 0).all():
            factors = (got * want).sum(axis=axis, keepdims=True) / norms
            if np.allclose(got, factors * want, rtol=0, atol=close):
                return [f"Each {name} is off by a factor of its own: look at what multiplies or divides each {name}."]
    return []


def _of_number(got: float, want: float, close: float) -> list[str]:
    for factor, text in (
        (-1.0, "The size is right and the sign is wrong."),
        (2.0, "It is twice the expected value."),
        (0.5, "It is half the expected value."),
    ):
        if abs(got - factor * want) <= close:
            return [text]
    for large, small, text in ((got, want, "It is {} times the expected value."), (want, got, "It is 1/{} of the expected value.")):
        ratio = large / small if small else 0.0
        if 2.5 < ratio < 1e6 and abs(ratio - round(ratio)) <= 1e-6 * ratio:
            return [f"{text.format(round(ratio))} Is that a number of examples, of classes or of entries?"]
    return []


def shape_hint(got: tuple[int, ...], want: tuple[int, ...]) -> str:
    """What a wrong shape looks like beside the expected one, as one line; empty when it looks like nothing known."""
    if got == want[::-1] and len(want) > 1:
        return "That is the expected shape reversed: is something transposed?"
    if len(want) > 1 and got == want[1:]:
        return "That is the shape of its first entry: does the function return one thing where two, such as (out, cache), are expected?"
    if math.prod(got) == math.prod(want):
        return "The number of entries is right: a reshape at the end is missing or different."
    if len(got) == len(want) == 4 and got[:2] == want[:2]:
        rows, columns = got[2] - want[2], got[3] - want[3]
        if rows == columns and rows > 0 and rows % 2 == 0:
            return f"Images are {rows} rows and columns too large: is a padding of {rows // 2} still around them?"
        if rows == columns and abs(rows) == 1:
            return f"Images are one row and one column too {'large' if rows > 0 else 'small'}: count the windows once more."
    return ""


def explain(error: BaseException) -> str:
    """What an exception usually means in an exercise, as one line; empty for one that speaks for itself."""
    text = str(error)
    if isinstance(error, TypeError) and "NoneType" in text:
        return "A function gave None: does each of yours end with `return`, and with all that its docstring lists?"
    if isinstance(error, ValueError) and "values to unpack" in text:
        return "A function returned another number of things than its docstring lists."
    if isinstance(error, (TypeError, IndexError)) and ("cannot be interpreted as an integer" in text or "slice indices must be" in text):
        return "Sizes and indices are whole numbers: divide them with // in place of /."
    return ""


def describe_place(bad: Array) -> str:
    """Where the marked entries are, as words that follow "are": the border, one channel, some rows. Empty when there is no pattern."""
    if bad.ndim == 0 or bad.all():
        return ""
    if bad.ndim == 4 and min(bad.shape[2:]) > 2 and not bad[:, :, 1:-1, 1:-1].any():
        return " on the border of the images only: look at the padding"
    if bad.ndim == 1:
        return f" at {_indices(np.flatnonzero(bad))} only"
    names = AXES.get(bad.ndim, tuple(f"axis {i}" for i in range(bad.ndim)))
    for axis, name in enumerate(names):
        hit = bad.any(axis=tuple(i for i in range(bad.ndim) if i != axis))
        if not hit.all() and hit.size > 1:
            clean = np.flatnonzero(~hit)
            if len(clean) == 1 and hit.size > 2:
                return f" in every {name} except {name} {int(clean[0])}"
            return f" in {name} {_indices(np.flatnonzero(hit))} only"
    return ""


def _indices(found: Array) -> str:
    numbers = [str(int(i)) for i in found[:6]]
    return ", ".join(numbers) + (f" and {len(found) - 6} more" if len(found) > 6 else "")
