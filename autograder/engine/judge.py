"""Compares what a check saw of a submission with what it saw of the reference; the messages are a fixed set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.checks.api import Array, Observation, Requirement

Seen = Observation | Requirement


@dataclass(frozen=True)
class Opinion:
    """Whether what was seen is right, and what to say."""

    passed: bool
    message: str = ""


def judge(expected: Sequence[Seen], got: Sequence[Seen]) -> Opinion:
    """All that was seen: the first thing wrong is reported, otherwise the notes."""
    notes: list[str] = []
    for want, have in zip(expected, got, strict=False):
        opinion = _one(want, have)
        if not opinion.passed:
            return opinion
        if opinion.message:
            notes.append(opinion.message)
    if len(got) != len(expected):
        return Opinion(False, "the check could not look at every output")
    return Opinion(True, "; ".join(dict.fromkeys(notes)))


def _one(want: Seen, have: Seen) -> Opinion:
    if isinstance(have, Requirement):
        return Opinion(have.holds, "" if have.holds else have.message)
    if not isinstance(want, Observation) or want.name != have.name:
        return Opinion(False, "the check could not look at every output")
    return compare(want, have.value)


def compare(want: Observation, value: Array) -> Opinion:
    """One array against the reference's."""
    name, expected = want.name, want.value
    if value.shape != expected.shape and _squeezed(value.shape) != _squeezed(expected.shape):
        turned = value.ndim == expected.ndim == 2 and value.shape == expected.shape[::-1]
        hint = " (it looks transposed)" if turned else ""
        return Opinion(False, f"{name} has shape {value.shape}, expected {expected.shape}{hint}")
    note = ""
    if value.shape != expected.shape:
        note = f"{name} has shape {value.shape} where {expected.shape} is documented"
        value = value.reshape(expected.shape)
    if want.dtype and value.dtype != expected.dtype:
        return Opinion(False, f"{name} has dtype {value.dtype}, expected {expected.dtype}")
    with np.errstate(all="ignore"):
        problem = _values(value.astype(np.float64), expected.astype(np.float64), want.atol, want.rtol)
    return Opinion(False, f"{name} {problem}") if problem else Opinion(True, note)


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _values(value: Array, expected: Array, atol: float, rtol: float) -> str | None:
    if not value.size:
        return None
    finite = np.isfinite(expected)
    odd = ~finite & ~((value == expected) | (np.isnan(value) & np.isnan(expected)))
    if np.any(~np.isfinite(value) & finite):
        return f"holds {'NaN' if np.isnan(value[finite]).any() else 'infinite values'}"
    if odd.any():
        return "is finite where it must not be"
    value, expected_finite = value[finite], expected[finite]
    scale = float(np.max(np.abs(expected_finite), initial=0.0))
    error = float(np.max(np.abs(value - expected_finite), initial=0.0))
    if error <= atol + rtol * scale:
        return None
    fact = _fact(value, expected_finite, expected if finite.all() else None, atol + max(rtol, 1e-6) * scale)
    wrong = int(np.sum(np.abs(value - expected_finite) > atol + rtol * scale))
    part = "" if expected.size == 1 else " everywhere" if wrong == value.size else f" in {_share(wrong / value.size)} of its entries"
    return f"is off by about {_power(error, scale)}{part}{fact}"


def _power(error: float, scale: float) -> str:
    relative = error / scale if scale > 0 else error
    if not math.isfinite(relative):
        return "more than a float holds"
    power = math.floor(math.log10(relative)) if relative > 0 else -300
    return f"1e{power:+03d}" + (" times its largest entry" if scale > 0 else "")


def _share(part: float) -> str:
    return "a few" if part < 0.2 else "about half" if part < 0.7 else "most"


def _fact(value: Array, expected: Array, whole: Array | None, tolerance: float) -> str:
    if not np.any(value):
        return ": all of it is zero"
    if np.max(np.abs(value + expected)) <= tolerance:
        return ": the sign is wrong"
    if whole is not None and whole.ndim == 2 and whole.shape[0] == whole.shape[1] and value.size > 1:
        square = value.reshape(whole.shape)
        if np.max(np.abs(square.T - whole)) <= tolerance:
            return ": it is transposed"
    square_sum = float(np.sum(expected * expected))
    if value.size > 1 and square_sum > 0:
        factor = float(np.sum(value * expected)) / square_sum
        if factor and np.max(np.abs(value - factor * expected)) <= tolerance * max(1.0, abs(factor)):
            return ": all of it is off by the same factor"
        shift = float(np.mean(value - expected))
        if np.max(np.abs(value - shift - expected)) <= tolerance:
            return ": all of it is off by the same amount"
    return ""
