"""Keeps the signatures of catalogued mistakes on disk, so that a new process does not compute again what another one has computed.

A signature depends on the code, the reference, the catalogue and the seed, and is stored under a digest of all four. Signatures reveal
much about the hidden inputs, so they are in a folder that no other user can enter. A file is used only if it is signed with the seed: one
that is damaged, truncated or written by somebody else is ignored, and its signatures are computed again.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import numpy as np

from autograder.checking import Array, Check, Observation, Observed, Requirement
from autograder.engine.likeness import Signature, Wrong
from autograder.manifest import Course
from autograder.mistakes import Mistake
from autograder.paths import REPOSITORY, cache_directory, content_digest, write_atomically
from autograder.private import own_folder

FOLDERS = ("engine", "checking", "checks", "mistakes", "sandbox")
"""A signature depends on these: how checks are run, the checks, the catalogue, and the process that runs a package."""
SIGNED = 32
"""Bytes of the signature of a file, at its beginning."""
NEWS = 0.1
"""A file is rewritten once this share of the known signatures of its task is missing from it."""
MOST_BYTES = 256 << 20
"""The limit for all files. One course and seed need about 45 MB; the oldest files are removed first."""
KINDS = "fiub"
"""The kinds of arrays that are kept: numbers and truth values."""


class _Wrong(msgspec.Struct, array_like=True):
    """A `Wrong`: that of an array if it has a dtype, otherwise that of a property."""

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
    """The signatures of one course, reference and seed.

    Parameters
    ----------
    reference : folder with the reference's ``coursenn/``, whose name is a digest of what it holds.
    folder : where the files are, one for each task; it must be private.
    """

    def __init__(self, course: Course, reference: Path, seed: int | str, folder: Path) -> None:
        self.folder = folder
        self._secret = hashlib.blake2b(str(seed).encode()).digest()
        self._key = hashlib.blake2b("\0".join(_state(course, reference)).encode(), key=self._secret, digest_size=16).hexdigest()
        self._tasks: dict[str, _Task] = {}

    def get(self, forms: Forms, check: Check) -> Signature | None:
        """Return the forms' effect on a check, if it is known."""
        kept = self._task(check.task).known.get(_name(forms, check))
        return _signature(kept) if kept else None

    def put(self, forms: Forms, check: Check, signature: Signature) -> None:
        """Remember the forms' effect on a check until `save`. Pairs are not kept: they are too many, and rarely needed."""
        if len(forms) == 1 and (kept := _kept(signature)):
            task = self._task(check.task)
            task.known[_name(forms, check)] = kept
            task.news += 1

    def save(self) -> None:
        """Write new signatures if there are enough of them. If writing fails they are computed again: nothing depends on it."""
        for id, task in self._tasks.items():
            if task.news > NEWS * len(task.known):
                task.known = {**self._read(id), **task.known}
                with contextlib.suppress(OSError, ValueError):
                    write_atomically(self._path(id), self._signed(msgspec.msgpack.encode(task.known)), mode=0o600)
                    _remove_old_files(self.folder)
                task.news = 0

    def _task(self, id: str) -> _Task:
        if id not in self._tasks:
            self._tasks[id] = _Task(self._read(id))
        return self._tasks[id]

    def _read(self, id: str) -> dict[str, _Kept]:
        try:
            content = self._path(id).read_bytes()
            return _READER.decode(content[SIGNED:]) if content == self._signed(content[SIGNED:]) else {}
        except (OSError, msgspec.DecodeError):
            return {}

    def _path(self, id: str) -> Path:
        return self.folder / f"{id}-{self._key}.msgpack"

    def _signed(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, key=self._secret, digest_size=SIGNED).digest() + content


class _Task:
    """The known signatures of one task, and how many of them are in no file yet."""

    def __init__(self, known: Mapping[str, _Kept]) -> None:
        self.known, self.news = dict(known), 0


def kept_signatures(course: Course, reference: Path, seed: int | str) -> KeptSignatures | None:
    """Return those in the folder for derived files, or None if this user cannot have a folder there that is closed to others."""
    try:
        folder = cache_directory() / "signatures"
        return KeptSignatures(course, reference, seed, own_folder(folder))
    except OSError:
        return None


def _state(course: Course, reference: Path) -> Iterable[str]:
    """Yield everything on which signatures depend, except the seed."""
    yield from (np.__version__, platform.python_version(), platform.machine(), reference.name, *_digests_of_code())
    for extra in course.extras:
        yield from (content_digest(path) for path in sorted((extra / "checks").glob("*.py")))


@functools.cache
def _digests_of_code() -> tuple[str, ...]:
    """Return digests of the files from which this process has loaded its modules, computed once per process."""
    return tuple(content_digest(path) for name in FOLDERS for path in sorted((REPOSITORY / "autograder" / name).rglob("*.py")))


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


def _remove_old_files(folder: Path) -> None:
    found = sorted(((path.lstat(), path) for path in folder.glob("*.msgpack")), key=lambda one: one[0].st_mtime_ns, reverse=True)
    total = 0
    for about, path in found:
        total += about.st_size
        if total > MOST_BYTES:
            path.unlink()
