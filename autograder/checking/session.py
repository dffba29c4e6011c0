"""The object that a check works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from autograder.checking.draw import Draw
from autograder.checking.observed import ATOL, RTOL, Awaited, Call, Observation, Observed, Requirement
from autograder.checking.subject import Array, Backend, Ref, SubjectError

T = TypeVar("T")


class Session:
    """The object that a check works with: it draws inputs, makes calls, and records what to look at."""

    def __init__(self, backend: Backend, draw: Draw) -> None:
        self.backend = backend
        self.draw = draw
        self.seen: list[Observed | Awaited] = []
        self.calls: dict[str, Call] = {}
        """Handle of a result -> the call that gave it."""
        self.refused: list[Call] = []
        """The calls that had to raise."""
        self.large = True
        """Whether large inputs are being looked at, which count only for marks."""
        self._looking_at_large = False
        self._put: dict[str, Any] = {}
        """Handle -> the value that was stored under it."""

    def call(self, target: str | Ref, *args: Any, **kwargs: Any) -> Ref:
        """Call ``"layers.affine_forward"``, a class such as ``"classifiers.cnn.ThreeLayerConvNet"``, or a method ``net.attr("loss")``."""
        handle = self.backend.call(target, args, kwargs)
        self.calls[handle] = Call(target, args, kwargs)
        return Ref(handle)

    def put(self, value: Any) -> Ref:
        """Store a value on the other side, to look at it again after it was an argument of a call."""
        handle = self.backend.put(value)
        self._put[handle] = value
        return Ref(handle)

    def stored(self, ref: Ref) -> Any:
        """The value that was stored under that handle; None for any other handle."""
        return None if ref.path else self._put.get(ref.handle)

    def set(self, ref: Ref, value: Any) -> None:
        """Assign: ``s.set(net.attr("reg"), 0.5)``, ``s.set(net.attr("params")["W1"], w)``."""
        self.backend.set(ref, value)

    def fill(self, ref: Ref, values: Mapping[str, Any]) -> None:
        """Assign to several items at once: ``s.fill(net.attr("params"), {"W1": w, "b1": b})``."""
        self.backend.fill(ref, values)

    def array(self, ref: Ref) -> Array:
        """Fetch an array or number, for a property that no comparison expresses."""
        return self.backend.array(ref)

    def arrays(self, refs: Iterable[Ref]) -> list[Array]:
        """Fetch several, each as it is when ``refs`` reaches it, and wait only once."""
        # The items of a list exist already; any other iterable may make calls between two items.
        listed = isinstance(refs, list | tuple) and len(refs) > 0
        later = self.backend.arrays_later(list(refs)) if listed else [self.backend.array_later(ref) for ref in refs]
        self.settle()
        return [array() for array in later]

    def later(self, refs: Mapping[str, Ref]) -> Callable[[], dict[str, Array]]:
        """Request the current values of several; the returned function gives them once everything requested is settled."""
        promised = self.backend.arrays_later(list(refs.values())) if refs else []
        return lambda: {name: array() for name, array in zip(refs, promised, strict=True)}

    def settle(self) -> None:
        """Wait for everything that was requested."""
        self.backend.settle()

    def length(self, ref: Ref) -> int:
        """``len`` of the value."""
        return self.backend.length(ref)

    def kind(self, ref: Ref) -> str:
        """One of ``array int float bool none str dict list tuple callable other absent``."""
        return self.backend.kind(ref)

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which of the names are keys of a dict, and how many other keys it has."""
        return self.backend.keys(ref, names)

    def compare(self, name: str, ref: Ref, *, atol: float = ATOL, rtol: float = RTOL, dtype: bool = False) -> None:
        """Look at an array: the submission's must be within ``atol + rtol * max|reference|`` of the reference's."""
        self.seen.append(Awaited(name, self.backend.array_later(ref), atol, rtol, dtype, ref, self._looking_at_large))

    def require(self, holds: bool | np.bool_, message: str, measure: float | None = None) -> None:
        """Look at a property. The message must not hold an input or an expected value; ``measure`` is described at `Requirement`."""
        self.seen.append(Requirement(bool(holds), message, None if measure is None else float(measure)))

    def unchanged(self, name: str, ref: Ref, before: Array) -> None:
        """Require that an argument still holds what it held before the call."""
        self.require(
            np.array_equal(self.backend.array(ref), before), f"the function changed {name}, which belongs to the caller: work on a copy"
        )

    def raises(self, kind: str, target: str | Ref, *args: Any, mentions: Sequence[str] = (), **kwargs: Any) -> None:
        """Require that a call raises that builtin exception, with a text that mentions these words."""
        self.refused.append(Call(target, args, kwargs))
        words = f"{target.rpartition('.')[2] if isinstance(target, str) else 'this call'} must raise {kind} for what it is given here"
        # An error of an earlier call must not be taken for one of this call.
        self.backend.settle()
        try:
            self.backend.call(target, args, kwargs)
            self.backend.settle()
        except SubjectError as error:
            if error.kind in ("NotImplementedError", "Missing", "Absent"):
                raise
            named = all(word in error.text for word in mentions)
            self.require(error.kind == kind, words)
            self.require(error.kind != kind or named, f"the text of the {kind} must name what is allowed: {', '.join(mentions)}")
        else:
            self.require(False, words)

    def growing(self, seconds: float, sizes: Iterable[T], look: Callable[[T], None]) -> None:
        """Look at inputs of growing size, each with its own time limit, until one is answered at once.

        Use it at the end of a check: it counts for marks, but not for what is said.

        Parameters
        ----------
        seconds : processor time for each of them.
        sizes : what ``look`` gets, one after another.
        """
        self._looking_at_large = True
        for size in sizes if self.large else ():
            started = time.monotonic()
            with self.backend.within(seconds):
                look(size)
            if time.monotonic() - started < self.backend.at_once_s:
                break
        self._looking_at_large = False

    def finish(self) -> list[Observed]:
        """Everything that was looked at, once all of it has arrived."""
        self.backend.settle()
        return self.arrived()

    def arrived(self) -> list[Observed]:
        """What has arrived so far, up to the first item that has not: the observations of a check that ended early."""
        found: list[Observed] = []
        for item in self.seen:
            try:
                found.append(self._marked(item.arrived()) if isinstance(item, Awaited) else item)
            except LookupError:
                break
        return found

    def _marked(self, item: Observation) -> Observation:
        """The observation, marked if it is still what this check put there."""
        source = item.source
        if source is None or source.handle not in self._put:
            return item
        value = self._put[source.handle]
        for kind, key in source.path:
            if kind != "item" or not isinstance(value, dict) or key not in value:
                return item
            value = value[key]
        return replace(item, as_put=bool(np.array_equal(item.value, value)))
