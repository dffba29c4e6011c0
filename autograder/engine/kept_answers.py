"""Keeps the reference's answers to checks and the images for trained networks on disk, so that a new process does not compute them again.

Observations are not kept: only a check that fails needs them, and computing those of one check takes a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
import numpy as np

from autograder.checking import Array, Check, Observed
from autograder.engine.kept_files import KeptFiles
from autograder.engine.settings import CheckedOutput
from autograder.sandbox.conversation import Answer, Conversation, Exchange


@dataclass(frozen=True)
class Expected:
    """What the reference says about one check."""

    sizes: list[int]
    """Number of entries of every array that is fetched, in order."""
    targets: frozenset[str]
    """Functions and classes that are called."""
    outputs: tuple[CheckedOutput, ...]
    """Every output that is looked at."""
    conversation: Conversation | None
    worked_out: bool | None
    """Whether the observations show that anything was computed."""
    seen: list[Observed] | None
    """What is observed; None if it was read from a file."""


class _Answer(msgspec.Struct, array_like=True):
    """An `Answer`."""

    head: bytes
    room: int
    dtype: str = ""
    numbers: bytes = b""
    like: int | None = None


class _Exchange(msgspec.Struct, array_like=True):
    """An `Exchange`."""

    requests: bytes
    answers: list[_Answer]
    within_s: float | None


class _Kept(msgspec.Struct, array_like=True):
    """An `Expected` without its observations."""

    sizes: list[int]
    targets: list[str]
    outputs: list[tuple[str, list[str]]]
    conversation: list[_Exchange] | None
    worked_out: bool | None


_READER = msgspec.msgpack.Decoder(dict[str, _Kept])
_DRAWN = msgspec.msgpack.Decoder(list[tuple[str, tuple[int, ...], bytes]])


class KeptAnswers:
    """The answers of the reference for one course and seed, one file for each task."""

    def __init__(self, files: KeptFiles) -> None:
        self.files = files
        self._read: set[str] = set()

    def of_task(self, task: str) -> dict[str, Expected]:
        """Return name of a check -> what is kept about it. A file is read only once: a second call returns nothing."""
        content = None if task in self._read else self.files.read(_file(task))
        self._read.add(task)
        return {name: _expected(kept) for name, kept in _READER.decode(content).items()} if content is not None else {}

    def write(self, task: str, known: Mapping[str, Expected]) -> None:
        """Write what is known about all checks of a task."""
        self._read.add(task)
        self.files.write(_file(task), msgspec.msgpack.encode({name: _kept(one) for name, one in known.items()}))

    def drawn(self, name: str) -> tuple[Array, ...] | None:
        """The arrays that a module drew, or None if they are not kept."""
        content = self.files.read(f"drawn-{name}")
        return None if content is None else tuple(_array(*one) for one in _DRAWN.decode(content))

    def write_drawn(self, name: str, arrays: Sequence[Array]) -> None:
        """Write the arrays that a module drew."""
        self.files.write(f"drawn-{name}", msgspec.msgpack.encode([(a.dtype.str, a.shape, a.tobytes()) for a in arrays]))

    def done(self) -> None:
        """End a round of writing."""
        self.files.remove_old()


def by_task(checks: Collection[Check]) -> dict[str, list[Check]]:
    """The checks of each task, in order."""
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.task, []).append(check)
    return found


def right_output(name: str, settings: Collection[str]) -> CheckedOutput:
    """A right output whose settings are known, so that the arrays from which they are read need not be kept."""
    return CheckedOutput(name, True, partial(frozenset, settings))


def _array(dtype: str, shape: tuple[int, ...], content: bytes) -> Array:
    array: Array = np.frombuffer(content, np.dtype(dtype)).reshape(shape)
    return array


def _file(task: str) -> str:
    return f"answers-{task}"


def _kept(one: Expected) -> _Kept:
    outputs = [(output.name, sorted(output.settings)) for output in one.outputs]
    said = None if one.conversation is None else [_said(exchange) for exchange in one.conversation]
    return _Kept(one.sizes, sorted(one.targets), outputs, said, one.worked_out)


def _said(exchange: Exchange) -> _Exchange:
    answers = [
        _Answer(a.head, a.room, *(("", b"") if a.numbers is None else (a.numbers.dtype.str, a.numbers.tobytes())), a.like)
        for a in exchange.answers
    ]
    return _Exchange(exchange.requests, answers, exchange.within_s)


def _expected(kept: _Kept) -> Expected:
    outputs = tuple(right_output(name, settings) for name, settings in kept.outputs)
    said = None if kept.conversation is None else tuple(_exchange(one) for one in kept.conversation)
    return Expected(kept.sizes, frozenset(kept.targets), outputs, said, kept.worked_out, None)


def _exchange(kept: _Exchange) -> Exchange:
    answers = [Answer(a.head, a.room, np.frombuffer(a.numbers, np.dtype(a.dtype)) if a.dtype else None, a.like) for a in kept.answers]
    return Exchange(kept.requests, answers, kept.within_s)
