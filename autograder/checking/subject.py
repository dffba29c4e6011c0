"""The package under test as a check sees it: values with handles, and where calls go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from numpy.typing import NDArray

Array = NDArray[Any]


class SubjectError(Exception):
    """The package under test raised an exception, or returned something that the wire cannot carry.

    ``kind`` is the exception's class when it is a builtin one (``"ValueError"``), ``text`` its message:
    capped, escaped, and still untrusted. ``place`` is file and line of the editable file it was raised in, or empty.
    """

    def __init__(self, kind: str, text: str = "", place: str = "") -> None:
        super().__init__(f"{kind}: {text}" if text else kind)
        self.kind = kind
        self.text = text
        self.place = place


class Layout(StrEnum):
    """How the entries of an array lie in memory."""

    FORTRAN = "fortran"
    """The first axis runs fastest."""
    STRIDED = "strided"
    """Every second entry of a longer array."""
    REVERSED = "reversed"
    """From the last entry of the first axis to the first."""

    @property
    def words(self) -> str:
        """What messages call such arrays."""
        return {
            Layout.FORTRAN: "arrays in Fortran order",
            Layout.STRIDED: "every second entry of other arrays",
            Layout.REVERSED: "reversed arrays",
        }[self]


@dataclass(frozen=True, eq=False)
class Laid:
    """An array as an argument that must arrive in a certain layout."""

    array: Array
    layout: Layout


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


class Backend(Protocol):
    """Where calls go: the reference in this process, or a worker that runs a submission.

    Arguments are numbers, strings, None, bools, arrays, `Laid`, dtypes, `Ref`, and lists, tuples and string-keyed dicts of those.
    Requests that return nothing may be carried out later, in order, when something is fetched.
    Every method raises `SubjectError` when the package under test raised.
    """

    at_once_s: float
    """An answer within this many seconds is fast enough to stop growing the input; 0 for a package of our own."""

    def call(self, target: str | Ref, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """Call a function, keep its result on the other side, and return its handle."""

    def put(self, value: Any) -> str:
        """Store a value on the other side and return its handle."""

    def set(self, ref: Ref, value: Any) -> None:
        """Assign to the item or attribute that the last step of the path names."""

    def fill(self, ref: Ref, values: Mapping[str, Any]) -> None:
        """Assign to several items of the value."""

    def array(self, ref: Ref) -> Array:
        """Fetch an array or a number as an array; anything else is a `SubjectError`."""

    def length(self, ref: Ref) -> int:
        """``len`` of the value."""

    def kind(self, ref: Ref) -> str:
        """One of ``array int float bool none str dict list tuple callable other absent``."""

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which of the names are keys of a dict, and how many other keys it has."""

    def array_later(self, ref: Ref) -> Callable[[], Array]:
        """Request the array as it is now; the returned function gives it once the backend is settled."""

    def arrays_later(self, refs: Sequence[Ref]) -> list[Callable[[], Array]]:
        """The same for several arrays."""

    def settle(self) -> None:
        """Carry out everything that was requested; a `SubjectError` from any of it is raised here at the latest."""

    def at_work(self) -> AbstractContextManager[None]:
        """A context around one check, from its first request to its last."""

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """A context in which requests have at most this many seconds."""
