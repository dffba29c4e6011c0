"""How a hidden check is written.

A check is a function of a `Session`. It draws inputs, calls functions of the package under
test and says what to look at. The engine runs the same check twice, over the reference and
over the submission, and compares what was looked at; so a check holds no expected value,
and nothing in it runs beside student code. Inputs depend on the seed alone, never on what
came back.

>>> @check("relu-forward", asks="Negative entries become zero and all others stay as they are.")
... def keeps_positive_entries_and_zeroes_the_rest(s: Session) -> None:
...     x = s.draw.away_from_zero((4, 5))
...     out, _ = s.call("layers.relu_forward", x).unpack(2)
...     s.compare("out", out)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ATOL = 1e-9
RTOL = 1e-7


class SubjectError(Exception):
    """The package under test raised, or gave back something the wire does not carry.

    ``kind`` is the exception's class when it is a builtin one (``"ValueError"``), ``text`` its message:
    capped, escaped, and still untrusted. ``place`` is file and line of the editable file it was raised in, or empty.
    """

    def __init__(self, kind: str, text: str = "", place: str = "") -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind = kind
        self.text = text
        self.place = place


class Backend(Protocol):
    """Where calls go: the reference in this process, or a worker that runs a submission.

    Arguments are numbers, strings, None, bools, arrays, dtypes, `Ref`, and lists, tuples and string-keyed dicts of those.
    What gives nothing back may be carried out later, in order, when something is fetched.
    Every method raises `SubjectError` when the package under test raised.
    """

    def call(self, target: str | Ref, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """Call and keep the result under the handle that is returned."""

    def put(self, value: Any) -> str:
        """Store a value on the other side and return its handle."""

    def set(self, ref: Ref, value: Any) -> None:
        """Assign to the item or attribute that the last step of the path names."""

    def array(self, ref: Ref) -> Array:
        """Fetch an array or a number as an array; anything else is a `SubjectError`."""

    def length(self, ref: Ref) -> int:
        """``len`` of the value."""

    def kind(self, ref: Ref) -> str:
        """One of ``array int float bool none str dict list tuple callable other absent``."""

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which of the names are keys of a dict, and how many keys it has beside them."""

    def array_later(self, ref: Ref) -> Callable[[], Array]:
        """The array as it is now, to be looked at once the backend is settled."""

    def settle(self) -> None:
        """Have everything done that was asked for; a `SubjectError` of any of it is raised here at the latest."""

    def at_work(self) -> AbstractContextManager[None]:
        """What surrounds one check from its first request to its last."""


@dataclass(frozen=True)
class Ref:
    """A value on the other side: a handle, and a path of items and attributes below it."""

    handle: str
    path: tuple[tuple[str, str | int], ...] = ()
    width: int | None = field(default=None, compare=False)

    def __getitem__(self, key: str | int) -> Ref:
        return Ref(self.handle, (*self.path, ("item", key)))

    def attr(self, name: str) -> Ref:
        """The attribute of that name; calling it with `Session.call` calls the method."""
        return Ref(self.handle, (*self.path, ("attr", name)))

    def unpack(self, count: int) -> tuple[Ref, ...]:
        """The first ``count`` items, as in ``out, cache = ...``."""
        return tuple(self[i] for i in range(count))

    def __iter__(self) -> Iterator[Ref]:
        raise TypeError("a Ref has no length on this side: use unpack(n)")


@dataclass(frozen=True)
class Observation:
    """An array that reference and submission must agree on."""

    name: str
    value: Array
    atol: float = ATOL
    rtol: float = RTOL
    dtype: bool = False
    """Whether the dtype must agree too."""
    source: Ref | None = field(default=None, compare=False)
    """Where it was fetched from."""


@dataclass(frozen=True)
class Call:
    """What a check called, so that feedback can say for which settings an output is right."""

    target: str | Ref
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class Awaited:
    """An `Observation` whose array is still under way."""

    name: str
    fetch: Callable[[], Array]
    atol: float
    rtol: float
    dtype: bool
    source: Ref

    def arrived(self) -> Observation:
        """With its array; ``LookupError`` when that is still under way."""
        return Observation(self.name, self.fetch(), self.atol, self.rtol, self.dtype, self.source)


@dataclass(frozen=True)
class Requirement:
    """A property that holds or does not; the message tells a student what was asked."""

    holds: bool
    message: str
    measure: float | None = field(default=None, compare=False)
    """What was measured of a random output: no part of the verdict, it tells mistakes apart that break the same property."""


class Draw:
    """Inputs of a check, a pure function of the workspace's seed and the check's name."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def normal(self, shape: tuple[int, ...], scale: float = 1.0, shift: float = 0.0) -> Array:
        """Gaussian entries, float64."""
        return np.asarray(shift + scale * self.rng.standard_normal(shape))

    def away_from_zero(self, shape: tuple[int, ...], gap: float = 0.1, scale: float = 1.0) -> Array:
        """Entries of either sign whose size is at least ``gap``: no kink of a ReLU is near."""
        sign = self.rng.choice([-1.0, 1.0], size=shape)
        return np.asarray(sign * (gap + scale * self.rng.random(shape)))

    def distinct(self, shape: tuple[int, ...], gap: float = 0.05) -> Array:
        """Entries that differ pairwise by at least ``gap``: no tie in any pooling window."""
        size = int(np.prod(shape))
        return np.asarray((self.rng.permutation(size) - size / 2) * gap).reshape(shape)

    def labels(self, count: int, classes: int) -> Array:
        """Class labels, int64."""
        return np.asarray(self.rng.integers(0, classes, size=count))

    def integer(self, low: int, high: int) -> int:
        """An integer of ``low .. high``, both included."""
        return int(self.rng.integers(low, high + 1))


class Session:
    """What a check holds in its hands: inputs, calls, and what to look at."""

    def __init__(self, backend: Backend, draw: Draw) -> None:
        self.backend = backend
        self.draw = draw
        self.seen: list[Observation | Requirement | Awaited] = []
        self.calls: dict[str, Call] = {}
        """Handle of a result -> the call that gave it."""

    def call(self, target: str | Ref, *args: Any, **kwargs: Any) -> Ref:
        """Call ``"layers.affine_forward"``, a class such as ``"classifiers.cnn.ThreeLayerConvNet"``, or a method ``net.attr("loss")``."""
        handle = self.backend.call(target, args, kwargs)
        self.calls[handle] = Call(target, args, kwargs)
        return Ref(handle)

    def put(self, value: Any) -> Ref:
        """Store a value on the other side, to look at it again after a call has had it as an argument."""
        return Ref(self.backend.put(value))

    def set(self, ref: Ref, value: Any) -> None:
        """Assign: ``s.set(net.attr("reg"), 0.5)``, ``s.set(net.attr("params")["W1"], w)``."""
        self.backend.set(ref, value)

    def array(self, ref: Ref) -> Array:
        """Fetch an array or number, for a property that no comparison expresses."""
        return self.backend.array(ref)

    def arrays(self, refs: Iterable[Ref]) -> list[Array]:
        """Fetch several, each as it is when ``refs`` comes to it: waiting once instead of once for each."""
        later = [self.backend.array_later(ref) for ref in refs]
        self.backend.settle()
        return [array() for array in later]

    def length(self, ref: Ref) -> int:
        """``len`` of the value."""
        return self.backend.length(ref)

    def kind(self, ref: Ref) -> str:
        """One of ``array int float bool none str dict list tuple callable other absent``."""
        return self.backend.kind(ref)

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which of the names are keys of a dict, and how many keys it has beside them."""
        return self.backend.keys(ref, names)

    def compare(self, name: str, ref: Ref, *, atol: float = ATOL, rtol: float = RTOL, dtype: bool = False) -> None:
        """Look at an array: the submission's must be within ``atol + rtol * max|reference|`` of the reference's."""
        self.seen.append(Awaited(name, self.backend.array_later(ref), atol, rtol, dtype, ref))

    def require(self, holds: bool | np.bool_, message: str, measure: float | None = None) -> None:
        """Look at a property. The message must not hold an input or an expected value; ``measure`` is described at `Requirement`."""
        self.seen.append(Requirement(bool(holds), message, None if measure is None else float(measure)))

    def unchanged(self, name: str, ref: Ref, before: Array) -> None:
        """Require that an argument still holds what it held before the call."""
        self.require(np.array_equal(self.backend.array(ref), before), f"{name} belongs to the caller and must not be written into")

    def raises(self, kind: str, target: str | Ref, *args: Any, mentions: Sequence[str] = (), **kwargs: Any) -> None:
        """Require that a call raises that builtin exception, with a text that mentions these words."""
        # An error of an earlier call must not pass for this one.
        self.backend.settle()
        try:
            self.backend.call(target, args, kwargs)
            self.backend.settle()
        except SubjectError as error:
            if error.kind == "NotImplementedError":
                raise
            named = all(word in error.text for word in mentions)
            self.require(error.kind == kind, f"this call must raise {kind}")
            self.require(error.kind != kind or named, f"the text of the {kind} must name what is allowed: {', '.join(mentions)}")
        else:
            self.require(False, f"this call must raise {kind}")

    def finish(self) -> list[Observation | Requirement]:
        """Everything that was looked at, once all of it has arrived."""
        self.backend.settle()
        return self.arrived()

    def arrived(self) -> list[Observation | Requirement]:
        """What has arrived so far, up to the first thing that has not: all that is left of a check that ended early."""
        found: list[Observation | Requirement] = []
        for item in self.seen:
            try:
                found.append(item.arrived() if isinstance(item, Awaited) else item)
            except LookupError:
                break
        return found


CheckFunction = Callable[[Session], None]


@dataclass(frozen=True)
class Check:
    """One behaviour of one task, worth ``weight`` shares of the task's points."""

    task: str
    name: str
    asks: str
    """The sentence of the task's docstring or notebook that asks for this behaviour, word for word."""
    weight: float
    run: CheckFunction


REGISTRY: list[Check] = []


def check(task: str, *, asks: str, weight: float = 1.0) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as a hidden check of a task; its name, with spaces, is what feedback calls it."""

    def register(function: CheckFunction) -> CheckFunction:
        REGISTRY.append(Check(task, function.__name__.replace("_", " "), asks, weight, function))
        return function

    return register
