"""Runs a student's two functions: once to write down what they compute, then again and again with one value moved."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coursenn.debug._marking import NotFollowedError, marked_copy
from coursenn.watching import _Microscope

Array = NDArray[Any]
Key = tuple[str, int]
"""A name and how often it had a value before."""
CALLERS = "which belongs to the caller: work on a copy."


@dataclass
class Event:
    """One value of a name, when it was complete."""

    name: str
    value: Array
    line: int
    continues: bool = False
    by_hand: bool = False
    alive: Any = None
    """The object itself, which may be written into later."""
    is_upstream: bool = False


@dataclass
class Recording:
    """What one pass forward and one backward computed.

    Attributes
    ----------
    values, gradients : what was assigned on the way forward, and on the way backward.
    out : the output, as float64.
    results : name of an input -> the gradient that came back for it.
    notes : what could not be followed or compared.
    """

    values: list[Event] = field(default_factory=list)
    gradients: list[Event] = field(default_factory=list)
    out: Array = field(default_factory=lambda: np.zeros(()))
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(float))
    results: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Subject:
    """A forward and a backward function with their arguments.

    Parameters
    ----------
    forward : returns ``(out, cache)``, or ``(loss, gradients)`` when there is no backward; may be a method ``loss`` of a network.
    backward : called as ``backward(dout, cache)``; None when forward computes gradients too.
    arguments : of forward. They are copied for each run.
    dout : upstream gradient; drawn at random when None.
    """

    def __init__(
        self, forward: Callable[..., Any], backward: Callable[..., Any] | None, arguments: tuple[Any, ...], dout: Any, seed: int
    ) -> None:
        self.forward, self.backward, self.arguments, self.seed = forward, backward, arguments, seed
        self.given_dout = dout
        self.model = getattr(forward, "__self__", None)
        self.notes: list[str] = []
        self.random_state = np.random.get_state()
        self.saved = copy.deepcopy(vars(self.model)) if hasattr(self.model, "__dict__") else {}
        self.params: dict[str, Array] = _float_arrays(getattr(self.model, "params", None) or {})
        names = _parameter_names(forward, len(arguments))
        self.inputs = self.params or _float_arrays(dict(zip(names, arguments, strict=False)))
        self.positions = {name: i for i, name in enumerate(names)}
        self.hook: Callable[[str, Any, int, bool, bool], Any] | None = None
        self.marked_forward = self._follow(forward)
        self.marked_backward = self._follow(backward) if backward is not None else None
        self.dout: Any = dout

    def _follow(self, function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return marked_copy(function, self._report)
        except NotFollowedError as error:
            self._cannot_follow(function, str(error))
            return function

    def _cannot_follow(self, function: Callable[..., Any], why: str) -> None:
        name = getattr(function, "__name__", "the function")
        self.notes.append(f"The names inside {name} were not followed: {why}. Mark them with watch and watch_grad.")

    def _report(self, name: str, value: Any, line: int, continues: bool) -> Any:
        return value if self.hook is None else self.hook(name, value, line, continues, False)

    @contextlib.contextmanager
    def _looking(self, hook: Callable[[str, Any, int, bool, bool], Any]) -> Iterator[None]:
        """Let a hook see and replace the values that are reported, and put everything back that the run has changed."""
        self.hook = hook
        _Microscope.value = _Microscope.gradient = lambda name, value: hook(name, value, 0, False, True)
        quiet = io.StringIO()
        try:
            with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), np.errstate(all="ignore"):
                yield
        finally:
            self.hook = _Microscope.value = _Microscope.gradient = None
            np.random.set_state(self.random_state)
            if self.model is not None:
                _restore(vars(self.model), self.saved)

    def record(self) -> Recording:
        """One pass forward and backward, as they are. What the functions raise comes from the functions as they were written."""
        with contextlib.suppress(Exception):
            return self._record()
        self.marked_forward, self.marked_backward = self.forward, self.backward
        recording = self._record()
        self._cannot_follow(self.forward, "a copy that reports them does not run")
        return recording

    def _record(self) -> Recording:
        recording = Recording()
        events = recording.values

        def see(name: str, value: Any, line: int, continues: bool, by_hand: bool) -> Any:
            if is_floating(value):
                events.append(Event(name, _copied(value), line, continues, by_hand, value))
            return value

        arguments = copy.deepcopy(self.arguments)
        with self._looking(see):
            given = self.marked_forward(*arguments)
            out, rest = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
            self._take_output(out, recording)
            recording.notes += [f"The forward pass writes into {name}, {CALLERS}" for name in self._written(arguments)]
            if self.marked_backward is None:
                events = recording.gradients = list(recording.values)
                gradients = rest
            else:
                events = recording.gradients
                upstream = self.dout.copy() if isinstance(self.dout, np.ndarray) else self.dout
                entry = _first_parameter(self.backward)
                events.append(Event(entry, _copied(self.dout), 0, is_upstream=True, alive=self.dout))
                gradients = self.marked_backward(upstream, rest)
                if not np.array_equal(upstream, self.dout):
                    recording.notes.append(f"The backward pass writes into {entry}, {CALLERS}")
        self._take_results(gradients, recording)
        return recording

    def _written(self, arguments: tuple[Any, ...]) -> list[str]:
        """Arguments that are arrays and that a run has changed."""
        pairs = zip(self.positions, arguments, self.arguments, strict=False)
        arrays = [(name, now, before) for name, now, before in pairs if isinstance(before, np.ndarray) and before.dtype.kind in "biuf"]
        return [name for name, now, before in arrays if not np.array_equal(now, before, equal_nan=True)]

    def _take_output(self, out: Any, recording: Recording) -> None:
        if not is_floating(out):
            raise TypeError(f"forward gave a {type(out).__name__} where an array or a number is expected, by itself or as the first of two")
        recording.out, recording.dtype = np.array(out, float), np.asarray(out).dtype
        if self.given_dout is not None:
            self.dout = np.asarray(self.given_dout)
            if self.backward is not None and self.dout.shape != recording.out.shape:
                raise ValueError(f"dout has shape {self.dout.shape} and the output has shape {recording.out.shape}: the two must be equal")
        elif self.backward is None or not recording.out.ndim:
            self.dout = np.asarray(1.0, recording.dtype)
        else:
            self.dout = np.random.default_rng(self.seed).standard_normal(recording.out.shape).astype(recording.dtype)

    def _take_results(self, gradients: Any, recording: Recording) -> None:
        if isinstance(gradients, Mapping):
            recording.results = {name: gradients.get(name) for name in self.inputs}
            return
        found = list(gradients) if isinstance(gradients, tuple | list) else [gradients]
        if self.params:
            recording.notes.append("A dictionary of gradients is expected of a network; the gradients it gave were not compared.")
            return
        recording.results = dict(zip(self.inputs, found, strict=False))
        if len(found) > len(self.inputs):
            recording.notes.append(
                f"{len(found)} gradients came back for {len(self.inputs)} inputs of floating-point numbers: the first were compared."
            )

    def output(self, see: Callable[[str, Any, int, bool, bool], Any], input_name: str | None = None, moved: Array | None = None) -> Array:
        """The output of another forward pass, as float64, with one input moved or with values that the hook replaces."""
        arguments = copy.deepcopy(self.arguments)
        with self._looking(see):
            if input_name is not None and moved is not None:
                if self.params:
                    live = self.model.params[input_name]  # type: ignore[union-attr]
                    live[...] = moved
                else:
                    arguments = (*arguments[: (at := self.positions[input_name])], moved, *arguments[at + 1 :])
            given = self.marked_forward(*arguments)
            out = given[0] if isinstance(given, tuple) and len(given) == 2 else given
            return np.array(out, float)


class Counted:
    """Numbers the values of each name, in the order in which they are reported."""

    def __init__(self, inputs: Mapping[str, Array], by_hand: frozenset[str]) -> None:
        self.counts: Counter[str] = Counter(dict.fromkeys(inputs, 1))
        self.by_hand = by_hand

    def key(self, name: str, by_hand: bool) -> Key | None:
        """The key of the next value; None for a name that is marked by hand and was assigned as well."""
        if by_hand != (name in self.by_hand):
            return None
        self.counts[name] += 1
        return name, self.counts[name] - 1


def is_floating(value: Any) -> bool:
    """Whether this is an array of floating-point numbers, or one such number."""
    return isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0)


def _copied(value: Any) -> Array:
    return np.array(value, copy=True, order="K")


def _float_arrays(named: Mapping[str, Any]) -> dict[str, Array]:
    return {name: value.copy() for name, value in named.items() if isinstance(value, np.ndarray) and value.dtype.kind == "f"}


def _parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    try:
        names = [p.name for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    except (TypeError, ValueError):
        names = []
    return [*names[:count], *(f"argument {i + 1}" for i in range(len(names), count))]


def _first_parameter(function: Callable[..., Any] | None) -> str:
    names = _parameter_names(function, 2) if function is not None else []
    return names[0] if names else "dout"


def _restore(live: Any, saved: Any) -> None:
    """Give a dictionary, and the arrays, dictionaries and lists in it, their old contents, each in its place."""
    keys = list(saved) if isinstance(saved, dict) else range(len(saved))
    if isinstance(live, dict):
        for key in [key for key in live if key not in saved]:
            del live[key]
    elif len(live) != len(saved):
        live[:] = copy.deepcopy(saved)
        return
    for key in keys:
        old = saved[key]
        new = live.get(key) if isinstance(live, dict) else live[key]
        if isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and new.shape == old.shape and new.dtype == old.dtype:
            if new.flags.writeable and not np.array_equal(new, old):
                new[...] = old
        elif type(old) is type(new) and isinstance(old, dict | list):
            _restore(new, old)
        elif isinstance(old, str | int | float | bool | None | np.ndarray | dict | list):
            live[key] = copy.deepcopy(old)
