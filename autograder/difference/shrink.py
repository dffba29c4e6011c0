"""Makes the input of a difference small: first fewer rows, columns and images, then simpler numbers.

Each smaller input is given to the reference and to the submission. It is kept if the reference accepts it and the two still differ in
the same way: in the same output, by its shape, its values, or an exception. Numbers that were different from zero and from each other
stay so, to avoid new kinks of a ReLU and new ties in a pooling window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Array
from autograder.difference.trace import Step, arrays_in, mapped, numbers_mapped

MAX_TRIES = 150
MAX_SECONDS = 20.0

Steps = Sequence[Step]
Differs = Callable[[Steps], bool]


@dataclass
class Effort:
    """How many more tries shrinking may make, and until when."""

    tries: int = MAX_TRIES
    until: float = 0.0

    def spent(self) -> bool:
        """Count one try and return whether to stop."""
        self.tries -= 1
        return self.tries < 0 or time.monotonic() > self.until


def shrunk(steps: Steps, differs: Differs, *, random: bool = True) -> list[Step]:
    """Return the smallest steps found for which ``differs`` still holds.

    Parameters
    ----------
    random : whether anything in them may be random, so that the seed must stay.
    """
    effort, best = Effort(until=time.monotonic() + MAX_SECONDS), list(steps)
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(best):
            if effort.spent():
                return best
            if differs(candidate):
                best, smaller = candidate, True
                break
    for index in range(len(_arrays(best))):
        for digits in (0, 1, 2):
            plainer = _rounded(best, index, digits)
            if plainer is None:
                continue
            if effort.spent():
                return best
            if differs(plainer):
                best = plainer
                break
    for plainer in _without_ornament(best, random):
        if not effort.spent() and differs(plainer):
            return plainer
    return best


def _without_ornament(steps: Steps, random: bool) -> Iterator[list[Step]]:
    """Yield simpler steps, the simplest first: without the seed if nothing is random, and with settings such as a rate in few digits."""
    bare = [s for s in steps if random or s.kind != "seed"]
    for start in (bare, list(steps)):
        for digits in (1, 2):
            yield [s if s.kind == "seed" else s.with_values(lambda v, digits=digits: _in_digits(v, digits)) for s in start]  # type: ignore[misc]
    yield bare


def _in_digits(value: Any, digits: int) -> Any:
    """Return an argument with its plain numbers rounded to this many digits."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, tuple | list):
        return type(value)(_in_digits(v, digits) for v in value)
    return {k: _in_digits(v, digits) for k, v in value.items()} if isinstance(value, dict) else value


def _arrays(steps: Steps) -> list[Array]:
    return [array for step in steps if step.kind != "seed" for value in step.values() for array in arrays_in(value)]


def _changed(steps: Steps, change: Callable[[int, Array], Array]) -> list[Step]:
    """Return the steps with every array changed; ``change`` gets the array's number and the array."""
    count = iter(range(10**9))
    return [s if s.kind == "seed" else s.with_values(lambda v: mapped(v, lambda a: change(next(count), a))) for s in steps]


def _smaller(steps: Steps) -> Iterator[list[Step]]:
    """Yield smaller inputs, the smallest first. Axes of the same length are cut together, since they usually mean the same thing."""
    lengths = sorted({n for array in _arrays(steps) for n in array.shape if n > 1}, reverse=True)
    for length in lengths:
        for size in dict.fromkeys(n for n in (1, 2, 3, length // 2, length - 1) if 0 < n < length):
            yield from _cut(steps, length, size)


def _cut(steps: Steps, length: int, size: int) -> Iterator[list[Step]]:
    for last in (False, True):

        def cut(_: int, array: Array, last: bool = last) -> Array:
            part = slice(-size, None) if last else slice(size)
            small = array[tuple(part if n == length else slice(None) for n in array.shape)]
            # Labels name columns, so they must not name one that was removed.
            return np.array(small % size if array.dtype.kind in "iu" and _are_labels(array, length) else small)

        fewer = _changed(steps, cut)
        yield fewer
        # A size may also be an argument, as for the constructor of a network.
        told = [s if s.kind == "seed" else s.with_values(lambda v: numbers_mapped(v, lambda n: size if n == length else n)) for s in fewer]
        if _numbers(told) != _numbers(fewer):
            yield told
    for index, array in enumerate(_arrays(steps)):
        for axis in (i for i, n in enumerate(array.shape) if n == length):
            alone = tuple(slice(size) if i == axis else slice(None) for i in range(array.ndim))
            yield _changed(steps, lambda i, a, index=index, alone=alone: np.array(a[alone]) if i == index else a)  # type: ignore[misc]


def _numbers(steps: Steps) -> list[int]:
    """Return every whole number among the arguments."""
    found: list[int] = []
    for step in steps:
        step.with_values(lambda v: numbers_mapped(v, lambda n: found.append(n) or n))  # type: ignore[func-returns-value]
    return found


def _are_labels(array: Array, length: int) -> bool:
    return bool(array.ndim == 1 and array.size and array.min() >= 0 and array.max() < length)


def _rounded(steps: Steps, index: int, digits: int) -> list[Step] | None:
    """Return the steps with the numbers of one array rounded, or None if that changes nothing or makes zeros or ties."""
    array = _arrays(steps)[index]
    if array.dtype.kind != "f":
        return None
    plain = np.round(array, digits)
    same = np.array_equal(plain, array)
    if same or np.count_nonzero(plain) != np.count_nonzero(array) or len(np.unique(plain)) != len(np.unique(array)):
        return None
    return _changed(steps, lambda i, a: plain if i == index else a)
