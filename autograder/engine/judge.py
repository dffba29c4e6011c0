"""Compares what a check observed for a submission with what it observed for the reference; the messages are a fixed set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from autograder.checking import Array, Observation, Observed, Requirement, is_large
from autograder.engine.facts import is_correction, shape_fact, sizes_of, value_fact
from autograder.engine.settings import Calls, CheckedOutput, checked_output, forward_call, inputs, separation

PLURAL = ("scores", "gradients", "weights")
"""First words of names of outputs that are plurals: "scores are off by"."""
POWERS = {-3: "a thousandth of", -2: "a hundredth of", -1: "a tenth of", 0: "as much as", 1: "10 times", 2: "100 times", 3: "1,000 times"}
"""How to describe an error of about this power of ten times the largest entry."""
NO_SIZES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Opinion:
    """Whether the observations are right, and what to say."""

    passed: bool
    message: str = ""
    measured: str = ""
    """The message without a guess about its numbers, for when a mistake is named."""
    guess: str = ""
    """What the message says beyond that."""
    outputs: tuple[CheckedOutput, ...] = ()
    """Every output that was looked at, including those after the first wrong one."""
    right: tuple[bool, ...] = ()
    """For each observation of the submission, whether it is right."""


RIGHT = Opinion(True)


def judge(expected: Sequence[Observed], got: Sequence[Observed], calls: Calls | None = None, *, facts: bool = True) -> Opinion:
    """Judge all observations: the first wrong one is reported, otherwise the notes.

    Parameters
    ----------
    expected, got : what the check observed for the reference and for the submission.
    calls : the calls that it made, from the session over the submission; facts are measured against these.
    facts : whether to find out what wrong values look like, which takes longer than finding that they are wrong.
    """
    calls = calls or {}
    opinions = [_one(want, have, calls, facts) for want, have in zip(expected, got, strict=False)]
    outputs = tuple(checked_output(have, o.passed, calls) for have, o in zip(got, opinions, strict=False) if isinstance(have, Observation))
    right = tuple(o.passed for o in opinions)
    wrong = [o for o in opinions if not o.passed]
    if wrong:
        setting = f"; {found}" if (found := separation(outputs)) else ""
        measured = wrong[0].measured or wrong[0].message
        better = setting or any(o.guess and not is_correction(o.guess) for o in wrong)
        message = measured if better and is_correction(wrong[0].guess) else wrong[0].message
        return Opinion(False, message + setting, measured + setting, outputs=outputs, right=right)
    if len(got) != len(expected) and not all(is_large(item) for item in (*expected[len(got) :], *got[-1:])):
        incomplete = _incomplete(expected[len(got)] if len(got) < len(expected) else None)
        return Opinion(False, incomplete, incomplete, outputs=outputs, right=right)
    notes = "; ".join(dict.fromkeys(o.message for o in opinions if o.message))
    return Opinion(True, notes, notes, outputs=outputs, right=right)


def _one(want: Observed, have: Observed, calls: Calls, facts: bool) -> Opinion:
    if isinstance(have, Requirement):
        return Opinion(have.holds, "" if have.holds else have.message)
    if not isinstance(want, Observation) or want.name != have.name:
        return Opinion(False, _incomplete(want))
    if _is_close(want, have.value):
        return RIGHT
    return compare_arrays(want, have.value, sizes_of(inputs(forward_call(calls, have.source))) if facts else None)


def _incomplete(missing: Observed | None) -> str:
    """The message about a result that never arrived; its name is the one in the documentation."""
    what = missing.name if isinstance(missing, Observation) else "everything that a right function returns"
    return f"the check did not get {what} to compare: is it missing from what is returned?"


def _is_close(want: Observation, value: Array) -> bool:
    """Whether `compare_arrays` would find nothing to say; a shortcut, since its separate steps are rarely needed."""
    expected = want.value
    if value.shape != expected.shape or (want.dtype and value.dtype != expected.dtype):
        return False
    if not value.size:
        return True
    with np.errstate(all="ignore"):
        error = np.abs(value.astype(np.float64) - expected).max()
    # NaN, which results from anything that is not finite, is not close.
    return bool(error <= want.atol)


def compare_arrays(want: Observation, value: Array, sizes: Mapping[str, int] | None = NO_SIZES) -> Opinion:
    """Compare one array with the reference's.

    Parameters
    ----------
    want : what the reference returned.
    value : what the submission returned.
    sizes : names of the lengths of the inputs, for facts such as "right up to a factor N"; None to look for no facts.
    """
    name, expected = want.name, want.value
    if value.shape != expected.shape and squeezed(value.shape) != squeezed(expected.shape):
        with np.errstate(all="ignore"):
            fact = shape_fact(value.astype(np.float64), expected.astype(np.float64), tolerance(want)) if sizes is not None else ""
        shapes = f"{name} {_verb(name, 'has', 'have')} shape {value.shape}, expected {expected.shape}"
        return Opinion(False, shapes + (f" ({fact})" if fact else ""), shapes)
    note = ""
    if value.shape != expected.shape:
        note = f"{name} {_verb(name, 'has', 'have')} shape {value.shape} where {expected.shape} is documented"
        value = value.reshape(expected.shape)
    if want.dtype and value.dtype != expected.dtype:
        return Opinion(False, f"{name} {_verb(name, 'has', 'have')} dtype {value.dtype}, expected {expected.dtype}")
    with np.errstate(all="ignore"):
        problem = _values(name, value, expected.astype(np.float64), tolerance(want), sizes)
    return Opinion(False, f"{name} {': '.join(problem)}", f"{name} {problem[0]}", "".join(problem[1:])) if problem else Opinion(True, note)


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its axes of length 1, which cost no marks."""
    return tuple(n for n in shape if n != 1)


def tolerance(want: Observation) -> float:
    """The largest absolute error that counts as right."""
    values = want.value[np.isfinite(want.value)]
    return want.atol + want.rtol * float(np.max(np.abs(values.astype(np.float64)), initial=0.0))


def _verb(name: str, one: str, many: str) -> str:
    """Return the form of a verb that agrees with the name of an output."""
    return many if name.partition(" ")[0] in PLURAL else one


def _values(name: str, raw: Array, expected: Array, allowed: float, sizes: Mapping[str, int] | None) -> tuple[str, ...]:
    """What is wrong with values, and then what they look like if there are ``sizes``; empty when nothing is wrong."""
    value = raw.astype(np.float64)
    if not value.size:
        return ()
    finite = np.isfinite(expected)
    odd = ~finite & ~((value == expected) | (np.isnan(value) & np.isnan(expected)))
    if np.any(~np.isfinite(value) & finite):
        return (f"{_verb(name, 'holds', 'hold')} {'NaN' if np.isnan(value[finite]).any() else 'infinite values'}",)
    be = _verb(name, "is", "are")
    if odd.any():
        return (f"{be} finite where {_verb(name, 'it', 'they')} must not be",)
    error = np.where(finite, np.abs(np.where(finite, value - expected, 0.0)), 0.0)
    if not np.any(error > allowed):
        return ()
    scale = float(np.max(np.abs(expected[finite]), initial=0.0))
    its = _verb(name, "its", "their")
    unit = "the right value" if expected.size == 1 else f"{its} largest entry"
    part = _part(int(np.count_nonzero(error > allowed)), expected.size)
    fact = ""
    if finite.all() and sizes is not None:
        fact = value_fact(value, expected, allowed, sizes, float(np.finfo(raw.dtype).eps) if raw.dtype == np.float32 else 0.0)
    return tuple(filter(None, (f"{be} off by about {_power(float(error.max()), scale, unit)}{part}", fact)))


def _power(error: float, scale: float, unit: str) -> str:
    """The nearest power of ten, in words: a closer ratio would give the right value away."""
    relative = error / scale if scale > 0 else error
    if not math.isfinite(relative):
        return "more than a float holds"
    power = round(math.log10(relative)) if relative > 0 else -300
    if scale <= 0:
        return f"{10.0**power:,g}"
    return f"{POWERS.get(power) or f'1e{power} ' + ('of' if power < 0 else 'times')} {unit}"


def _part(wrong: int, size: int) -> str:
    """Return in words which part of an output is wrong; empty for a single number."""
    if size == 1:
        return ""
    if wrong == size:
        return " everywhere"
    share = wrong / size
    most = "a few places" if share < 0.2 else "about half of the places" if share < 0.7 else "most places"
    return f" in {'one place' if wrong == 1 else most}"
