"""Keeps the signatures of catalogued mistakes on disk, so that a new process does not compute them again."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping

import msgspec
import numpy as np

from autograder.checking import Array, Check, Observation, Observed, Requirement
from autograder.engine.kept_files import KeptFiles
from autograder.engine.likeness import Signature, Wrong
from autograder.mistakes import Mistake

NEWS = 0.1
"""A file is rewritten once this share of the known signatures of its task is missing from it."""
KINDS = "fiub"
"""The kinds of arrays that are kept: numbers and Booleans."""


class _Wrong(msgspec.Struct, array_like=True):
    """A `Wrong`: an array if it has a dtype, otherwise a property."""

    by: float
    text: str
    """Name of the array, or message of the property."""
    holds: bool = False
    measure: float | None = None
    dtype: str = ""
    shape: tuple[int, ...] = ()
    values: bytes = b""
    atol: float = 0.0
    rtol: float = 0.0
    same_dtype: bool = False


class _Kept(msgspec.Struct, array_like=True):
    """A `Signature`."""

    count: int
    passed: bool
    ended: str
    wrong: dict[int, _Wrong]


Forms = tuple[Mistake, ...]
_READER = msgspec.msgpack.Decoder(dict[str, _Kept])


class KeptSignatures:
    """The signatures of one course, reference and seed, one file for each task."""

    def __init__(self, files: KeptFiles) -> None:
        self.files = files
        self._tasks: dict[str, _Task] = {}

    def get(self, forms: Forms, check: Check) -> Signature | None:
        """Return the forms' effect on a check, if it is known."""
        kept = self._task(check.task).known.get(_name(forms, check))
        return _signature(kept) if kept else None

    def put(self, forms: Forms, check: Check, signature: Signature) -> None:
        """Remember the forms' effect on a check until `save`. Pairs are not kept: there are too many, and they are rarely needed."""
        if len(forms) == 1 and (kept := _kept(signature)):
            task = self._task(check.task)
            task.known[_name(forms, check)] = kept
            task.news += 1

    def save(self) -> None:
        """Write new signatures if there are enough of them."""
        for id, task in self._tasks.items():
            if task.news > NEWS * len(task.known):
                task.known = {**self._read(id), **task.known}
                self.files.write(_file(id), msgspec.msgpack.encode(task.known))
                self.files.remove_old()
                task.news = 0

    def _task(self, id: str) -> _Task:
        if id not in self._tasks:
            self._tasks[id] = _Task(self._read(id))
        return self._tasks[id]

    def _read(self, id: str) -> dict[str, _Kept]:
        content = self.files.read(_file(id))
        return _READER.decode(content) if content is not None else {}


def _file(id: str) -> str:
    return f"signatures-{id}"


class _Task:
    """The known signatures of one task, and how many of them are in no file yet."""

    def __init__(self, known: Mapping[str, _Kept]) -> None:
        self.known, self.news = dict(known), 0


def _name(forms: Forms, check: Check) -> str:
    """Return a digest of the forms' changes, and the check's name."""
    return f"{_changes(forms)} {check.name}"


@functools.lru_cache(maxsize=4096)
def _changes(forms: Forms) -> str:
    texts = (text for form in forms for text in (form.file, form.scope, form.old, form.new, form.code))
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


def _kept(signature: Signature) -> _Kept | None:
    """Return a signature in its stored form, or None if it contains something that is not stored."""
    wrong = {i: _of_item(known.item, known.by) for i, known in signature.wrong.items()}
    if any(one is None for one in wrong.values()):
        return None
    return _Kept(signature.count, signature.passed, signature.ended, {i: one for i, one in wrong.items() if one})


def _of_item(item: Observed, by: float) -> _Wrong | None:
    if isinstance(item, Requirement):
        return _Wrong(by, item.message, item.holds, item.measure)
    value = np.asarray(item.value)
    if value.dtype.kind not in KINDS:
        return None
    array = value.dtype.str, value.shape, value.tobytes()
    return _Wrong(by, item.name, False, None, *array, item.atol, item.rtol, item.dtype)


def _signature(kept: _Kept) -> Signature:
    wrong = {i: Wrong(_item(one), one.by) for i, one in kept.wrong.items()}
    return Signature(kept.count, kept.passed, kept.ended, wrong)


def _item(one: _Wrong) -> Observed:
    if not one.dtype:
        return Requirement(one.holds, one.text, one.measure)
    value: Array = np.frombuffer(one.values, np.dtype(one.dtype)).reshape(one.shape)
    return Observation(one.text, value, one.atol, one.rtol, one.same_dtype)
