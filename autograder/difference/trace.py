"""Records the requests of a check to a package, step by step, so that they can be repeated with other inputs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.checking import Array, Laid, Ref
from autograder.sandbox.backend import RequestBackend


@dataclass(frozen=True, eq=False)
class Step:
    """One request. ``handle`` names its result; arguments are copies."""

    kind: str
    """``call``, ``put``, ``set``, ``fill``, ``seed`` or ``look``."""
    handle: str = ""
    target: str | Ref = ""
    """What is called, or the place that is assigned to or looked at."""
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def values(self) -> list[Any]:
        """All its arguments."""
        return [*self.args, *dict(self.kwargs).values()]

    def with_values(self, change: Callable[[Any], Any]) -> Step:
        """The same step with every argument changed."""
        return replace(self, args=tuple(change(a) for a in self.args), kwargs={k: change(v) for k, v in dict(self.kwargs).items()})

    def refs(self) -> list[Ref]:
        """All references to earlier steps."""
        own = [self.target] if isinstance(self.target, Ref) else []
        return own + [ref for value in self.values() for ref in refs_in(value)]


class Recorder(RequestBackend):
    """A backend that passes everything on to another one and remembers it."""

    def __init__(self, backend: RequestBackend) -> None:
        super().__init__()
        self.backend, self.steps = backend, list[Step]()
        self.at_once_s = backend.at_once_s

    def call(self, target: str | Ref, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """Call, and remember it even if it raises."""
        self.steps.append(Step("call", f"?{len(self.steps)}", target, tuple(map(copied, args)), copied(dict(kwargs))))
        return self._named(self.backend.call(target, args, kwargs))

    def put(self, value: Any) -> str:
        """Store a value on the other side."""
        self.steps.append(Step("put", f"?{len(self.steps)}", args=(copied(value),)))
        return self._named(self.backend.put(value))

    def _named(self, handle: str) -> str:
        self.steps[-1] = replace(self.steps[-1], handle=handle)
        return handle

    def set(self, ref: Ref, value: Any) -> None:
        """Assign."""
        self.steps.append(Step("set", target=ref, args=(copied(value),)))
        self.backend.set(ref, value)

    def fill(self, ref: Ref, values: Mapping[str, Any]) -> None:
        """Assign to several items."""
        self.steps.append(Step("fill", target=ref, kwargs=copied(dict(values))))
        self.backend.fill(ref, values)

    def seed(self, value: int) -> None:
        """Seed numpy's generator, which also drops all stored values."""
        self.steps.append(Step("seed", args=(value,)))
        self.backend.seed(value)

    def arrays_later(self, refs: Sequence[Ref]) -> list[Callable[[], Array]]:
        """Fetch several."""
        self.steps += [Step("look", target=ref) for ref in refs]
        return self.backend.arrays_later(refs)

    def load_npz(self, path: str) -> Ref:
        """Load trained weights; checks of functions do not."""
        return self.backend.load_npz(path)

    def length(self, ref: Ref) -> int:
        """``len``."""
        return self.backend.length(ref)

    def kind(self, ref: Ref) -> str:
        """The kind of a value."""
        return self.backend.kind(ref)

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which names are keys."""
        return self.backend.keys(ref, names)

    def settle(self) -> None:
        """Wait."""
        self.backend.settle()

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """The context around a check."""
        return self.backend.at_work()

    def within(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """A limit of time."""
        return self.backend.within(seconds)


def copied(value: Any) -> Any:
    """A copy of an argument, which later changes of the original do not affect."""
    return mapped(value, np.copy)


def mapped(value: Any, change: Callable[[Array], Array]) -> Any:
    """An argument with every array in it changed."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, Laid):
        return Laid(change(value.array), value.layout)
    if isinstance(value, tuple | list):
        return type(value)(mapped(v, change) for v in value)
    if isinstance(value, dict):
        return {k: mapped(v, change) for k, v in value.items()}
    return value


def numbers_mapped(value: Any, change: Callable[[int], int]) -> Any:
    """An argument with every whole number in it changed, except in arrays."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return change(value)
    if isinstance(value, tuple | list):
        return type(value)(numbers_mapped(v, change) for v in value)
    if isinstance(value, dict):
        return {k: numbers_mapped(v, change) for k, v in value.items()}
    return value


def arrays_in(value: Any) -> list[Array]:
    """Every array of an argument, in order."""
    found: list[Array] = []
    mapped(value, lambda array: found.append(array) or array)  # type: ignore[func-returns-value]
    return found


def refs_in(value: Any) -> list[Ref]:
    """Every `Ref` of an argument."""
    if isinstance(value, Ref):
        return [value]
    if isinstance(value, tuple | list):
        return [ref for v in value for ref in refs_in(v)]
    return [ref for v in value.values() for ref in refs_in(v)] if isinstance(value, dict) else []


def renamed(value: Any, handles: Mapping[str, str]) -> Any:
    """An argument whose `Ref`s name the handles of another run."""
    if isinstance(value, Ref):
        return replace(value, handle=handles.get(value.handle, value.handle))
    if isinstance(value, tuple | list):
        return type(value)(renamed(v, handles) for v in value)
    if isinstance(value, dict):
        return {k: renamed(v, handles) for k, v in value.items()}
    return value


def ask(backend: RequestBackend, steps: Sequence[Step], *, done: list[Step] | None = None) -> Array | None:
    """Repeat the requests to a package; return what the last step looks at, or None if it is not a look.

    Parameters
    ----------
    done : if given, each step is added to it before it is made, and every look is carried out; otherwise only the last.

    Raises
    ------
    SubjectError
        When the package raises, at the step that makes it raise.
    """
    handles: dict[str, str] = {}
    found: Array | None = None
    for step in steps:
        args, kwargs = renamed(step.args, handles), renamed(dict(step.kwargs), handles)
        target = renamed(step.target, handles)
        if done is not None:
            done.append(step)
        if step.kind == "call":
            handles[step.handle] = backend.call(target, args, kwargs)
        elif step.kind == "put":
            handles[step.handle] = backend.put(args[0])
        elif step.kind == "set":
            backend.set(target, args[0])
        elif step.kind == "fill":
            backend.fill(target, kwargs)
        elif step.kind == "seed":
            backend.seed(args[0])
        elif step is steps[-1] or done is not None:
            found = backend.array(target)
        backend.settle()
    return found


def needed(steps: Sequence[Step]) -> list[Step]:
    """The steps on which the last one depends: those that make, or may change, what it uses."""
    kept, wanted = [steps[-1]], {ref.handle for ref in steps[-1].refs()}
    for step in reversed(steps[:-1]):
        touched = {ref.handle for ref in step.refs()}
        if step.kind == "seed" or (step.kind != "look" and (step.handle in wanted or touched & wanted)):
            kept.append(step)
            wanted |= touched
    return kept[::-1]
