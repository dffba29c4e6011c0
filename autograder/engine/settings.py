"""The settings with which an output was requested, so that feedback can say "right for stride 1 only"."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking import Array, Call, Observation, Ref

Calls = Mapping[str, Call]
SEPARATIONS = {
    "stride": ("for stride 1", "for strides above 1"),
    "pad": ("without padding", "with padding"),
    "window": ("for square windows", "for windows that are not square"),
    "images": ("for square images", "for images that are not square"),
    "gaps": ("where the windows fit", "where windows do not fit"),
    "overlap": ("for windows that do not overlap", "for windows that overlap"),
    "test": ("in training mode", "in test mode"),
    "axes": ("for inputs of two dimensions", "for inputs of more dimensions"),
    "single": ("for several examples", "for one example"),
    "large": ("for small entries", "for large entries"),
    "float32": ("for float64", "for float32"),
    "given": ("with the default settings", "with given settings"),
}
"""Setting -> words for an input without it and for one with it."""
MODES = ("test", "pad")
"""Settings that are as common as their opposite."""


@dataclass(frozen=True)
class CheckedOutput:
    """One output that a check looked at: its name, and whether it is right."""

    name: str
    passed: bool
    find_settings: Callable[[], frozenset[str]]

    @functools.cached_property
    def settings(self) -> frozenset[str]:
        """Its settings; computed on demand, which correct work never needs."""
        return self.find_settings()


def forward_call(calls: Calls, source: Ref | None) -> Call | None:
    """The call that got the inputs: for a backward pass, the one that made its cache."""
    call = calls.get(source.handle) if source else None
    for _ in range(2):
        inner = next((calls[a.handle] for a in call.args if isinstance(a, Ref) and a.handle in calls), None) if call else None
        if inner is None:
            break
        call = inner
    return call


def inputs(call: Call | None) -> tuple[Array, ...]:
    """The arrays that were passed as positional arguments, in their order."""
    return tuple(a for a in (call.args if call else ()) if isinstance(a, np.ndarray))


def settings_of(call: Call | None) -> frozenset[str]:
    """Which of `SEPARATIONS` apply to a call."""
    if call is None:
        return frozenset()
    arrays = inputs(call)
    given: dict[str, Any] = {}
    for value in (*call.args, call.kwargs):
        if isinstance(value, dict):
            given |= {k: v for k, v in value.items() if not isinstance(v, Ref)}
    found = {
        "stride": given.get("stride", 1) > 1,
        "pad": given.get("pad", 0) > 0,
        "test": given.get("mode") == "test",
        "given": any(key in given for key in ("eps", "momentum", "config")),
    }
    if arrays:
        x = arrays[0]
        found |= {
            "axes": x.ndim > 2,
            "single": x.ndim > 0 and len(x) == 1,
            "large": x.dtype.kind == "f" and bool(np.max(np.abs(x), initial=0.0) > 500),
            "float32": x.dtype == np.float32,
        }
        found |= _images(x, arrays[1:], given)
    return frozenset(name for name, holds in found.items() if holds)


def _images(x: Array, others: Sequence[Array], given: Mapping[str, Any]) -> dict[str, bool]:
    window = _window(others, given)
    if x.ndim != 4 or window is None or "stride" not in given:
        return {}
    stride, pad = given.get("stride", 1), given.get("pad", 0)
    return {
        "axes": False,
        "window": window[0] != window[1],
        "images": x.shape[2] != x.shape[3],
        "gaps": any((side + 2 * pad - w) % stride for side, w in zip(x.shape[2:], window, strict=True)),
        "overlap": min(window) > stride,
    }


def _window(others: Sequence[Array], given: Mapping[str, Any]) -> tuple[int, int] | None:
    if "pool_height" in given and "pool_width" in given:
        return given["pool_height"], given["pool_width"]
    if others and others[0].ndim == 4:
        return others[0].shape[2], others[0].shape[3]
    return None


def checked_output(observation: Observation, passed: bool, calls: Calls) -> CheckedOutput:
    """One output with its settings."""
    return CheckedOutput(observation.name, passed, lambda: settings_of(forward_call(calls, observation.source)))


def separation(outputs: Sequence[CheckedOutput]) -> str:
    """Words for the one setting that separates right from wrong outputs; empty if there is none, or if nothing is right.

    Among a few outputs several settings may do so by chance, and then none is named. Nor is an unusual setting with which something is
    right, if that was seen only once.
    """
    names = {one.name for one in outputs if not one.passed}
    same = [one for one in outputs if one.name in names]
    wrong, right = [one for one in same if not one.passed], [one for one in same if one.passed]
    if not wrong or not right:
        return ""
    found: list[str] = []
    for setting, (without, having) in SEPARATIONS.items():
        flags = {setting in one.settings for one in wrong}, {setting in one.settings for one in right}
        if flags == ({True}, {False}):
            found.append(f"right {without} only")
        if flags == ({False}, {True}):
            found.append(f"right {having} only" if len(right) > 1 or setting in MODES else "")
    return found[0] if len(found) == 1 else ""
