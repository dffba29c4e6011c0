"""Where the calls of a check go: the reference in this process, or a worker that runs a submission."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.checking.session import Array, Ref, SubjectError
from autograder.sandbox.limits import DEFAULT, Limits
from autograder.sandbox.text import safe_text
from autograder.sandbox.wire import Channel, WireError, WireTooMuch
from autograder.sandbox.worker.executor import Executor, Refusal
from autograder.sandbox.worker.protocol import KINDS, MAX_REPLY_BYTES, NO_FILE, Reply, pack_request

MAX_NOTES = 20
PROPORTION = 4
WHAT = {"none": "None", "other": "an object"}


class Encoder:
    """Turns arguments into the JSON of a request and the arrays beside it."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []

    def encode(self, value: Any) -> Any:
        """One value; ``TypeError`` for what the wire does not carry."""
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.dtype.kind in "biuf"):
            self.arrays.append(np.asarray(value))
            return {"$": "scalar" if isinstance(value, np.generic) else "array", "v": len(self.arrays) - 1}
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, Ref):
            return {"$": "ref", "v": reference(value)}
        if isinstance(value, tuple):
            return {"$": "tuple", "v": [self.encode(v) for v in value]}
        if isinstance(value, list):
            return [self.encode(v) for v in value]
        if isinstance(value, dict):
            return {"$": "dict", "v": [[str(k), self.encode(v)] for k, v in value.items()]}
        if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
            return {"$": "dtype", "v": np.dtype(value).name}
        raise TypeError(f"a check cannot send a {type(value).__name__}")


def reference(ref: Ref) -> list[Any]:
    """A `Ref` as JSON."""
    return [ref.handle, [list(step) for step in ref.path]]


class Promise:
    """A reply that will be there once the backend is settled."""

    def __init__(self, tags: str, room: int = MAX_REPLY_BYTES) -> None:
        self.tags = tags
        self.room = room
        """Bytes that an array in it may have."""
        self.reply: Reply | None = None

    def value(self) -> Any:
        """What the reply holds; ``LookupError`` when there is none, as when an earlier request has failed."""
        if self.reply is None or self.reply.tag == "E":
            raise LookupError("not settled")
        return self.reply.value


class _Backend:
    """What both backends share: requests, and the meaning of replies."""

    def __init__(self) -> None:
        self._count = 0
        self.proportions: Sequence[int] = ()
        """Entries of the arrays that the reference gives when they are fetched in the same order; () when that is not known."""
        self._fetches = 0

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Have one request carried out, now or before the backend is settled; ``tags`` are the replies that answer it."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait for all that was posted; the first error among the replies is raised."""
        raise NotImplementedError

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """What surrounds one check from its first request to its last."""
        return contextlib.nullcontext()

    def call(self, target: str | Ref, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """Call and keep the result under the handle that is returned."""
        encoder, handle = Encoder(), self._handle()
        where = target if isinstance(target, str) else encoder.encode(target)
        header = {"op": "call", "handle": handle, "target": where, "args": [encoder.encode(a) for a in args]}
        header["kwargs"] = {k: encoder.encode(v) for k, v in kwargs.items()}
        self.post("N", header, encoder.arrays)
        return handle

    def put(self, value: Any) -> str:
        """Store a value on the other side and return its handle."""
        encoder, handle = Encoder(), self._handle()
        self.post("N", {"op": "put", "handle": handle, "value": encoder.encode(value)}, encoder.arrays)
        return handle

    def set(self, ref: Ref, value: Any) -> None:
        """Assign to the item or attribute that the last step of the path names."""
        encoder = Encoder()
        self.post("N", {"op": "set", "ref": reference(ref), "value": encoder.encode(value)}, encoder.arrays)

    def array(self, ref: Ref) -> Array:
        """Fetch an array or a number as an array."""
        later = self.array_later(ref)
        self.settle()
        return later()

    def array_later(self, ref: Ref) -> Callable[[], Array]:
        """The same as it is now, to be looked at once the backend is settled."""
        promise = self.post("AIFB", {"op": "array", "ref": reference(ref)})
        return lambda: np.asarray(promise.value())

    def length(self, ref: Ref) -> int:
        """``len`` of the value."""
        return int(self._now("L", {"op": "length", "ref": reference(ref)}))

    def kind(self, ref: Ref) -> str:
        """What sort of value it is."""
        index = self._now("X", {"op": "kind", "ref": reference(ref)})
        if index >= len(KINDS):
            raise WireError("no kind")
        return KINDS[index]

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which of the names are keys of a dict, and how many keys it has beside them."""
        indices, others = self._now("K", {"op": "keys", "ref": reference(ref), "names": list(names)})
        if any(i >= len(names) for i in indices):
            raise WireError("an index beyond the names")
        return [names[i] for i in indices], others

    def load_npz(self, path: str) -> Ref:
        """Load a file of trained weights on the other side, as a dict of arrays."""
        handle = self._handle()
        self.post("N", {"op": "npz", "handle": handle, "path": path})
        return Ref(handle)

    def seed(self, value: int) -> None:
        """Seed numpy's global generator on the other side."""
        self.post("N", {"op": "seed", "value": value})

    def _handle(self) -> str:
        self._count += 1
        return f"h{self._count}"

    def _room(self) -> int:
        """Bytes of the array that is fetched next.

        An array of twice the entries is wrong; one of a thousand times as many could fill this process's memory when it is
        combined with another.
        """
        if not self.proportions:
            return MAX_REPLY_BYTES
        size = self.proportions[self._fetches] if self._fetches < len(self.proportions) else max(self.proportions)
        self._fetches += 1
        return 8 * (PROPORTION * size + 64)

    def _now(self, tags: str, header: dict[str, Any]) -> Any:
        promise = self.post(tags, header)
        self.settle()
        return promise.value()


def out_of_proportion(shape: tuple[int, ...]) -> SubjectError:
    """For an array that is far larger than the reference's."""
    return SubjectError("OutOfProportion", f" of shape {shape}")


def subject_error(reply: Reply, files: tuple[str, ...] = ()) -> SubjectError:
    """An error reply as the exception that checks know."""
    text = safe_text(reply.text)
    if reply.code == "NotAnArray":
        text = f"{WHAT.get(text, 'a ' + text if text.isalpha() else text)} where an array was expected"
    elif reply.code == "NoSuchItem":
        text = "what was returned has no such item or attribute" + (f": {text}" if text else "")
    known = reply.file != NO_FILE and reply.file < len(files) and reply.line < 10**6
    return SubjectError(reply.code, text, f"{files[reply.file]}, line {reply.line}" if known else "")


class RemoteBackend(_Backend):
    """A process of the sandbox.

    Requests are sent when an answer is needed, many at a time. While more than `SMALL` bytes are under way to it, the
    process owes no answer, so that two sides that wait for each other to read cannot come about.
    """

    SMALL = 1 << 15

    def __init__(self, channel: Channel, files: tuple[str, ...], limits: Limits = DEFAULT, *, loaded: bool = False) -> None:
        super().__init__()
        channel.fetched = 0
        self.channel, self.files, self.limits = channel, files, limits
        self.deadline = time.monotonic() + limits.check_wall_s
        self._unsent = bytearray()
        self._owed: list[Promise] = []
        # The first thing that a process says is how many notes there are about the files it has imported.
        self._loaded = None if loaded else self.owe("L")

    @property
    def importing(self) -> bool:
        """Whether the process has yet to say that it has imported the files."""
        return self._loaded is not None and self._loaded.reply is None

    def notes(self) -> list[SubjectError]:
        """What it has to say about the files; to be asked in its first check."""
        self.settle()
        count = self._loaded.value() if self._loaded else 0
        return [self._note(index) for index in range(min(count, MAX_NOTES))]

    def _note(self, index: int) -> SubjectError:
        try:
            self.post("Z", {"op": "note", "index": index})
            self.settle()
        except SubjectError as note:
            return note
        raise WireError("no such note")

    def owe(self, tags: str, room: int = MAX_REPLY_BYTES) -> Promise:
        """An answer that the process gives unasked."""
        promise = Promise(tags, room)
        self._owed.append(promise)
        return promise

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Keep a request until an answer is needed."""
        data = pack_request(header, arrays)
        if self._owed and len(self._unsent) + len(data) > self.SMALL:
            self.settle()
        self._unsent += data
        return self.owe(tags, self._room() if header["op"] == "array" else MAX_REPLY_BYTES)

    def settle(self) -> None:
        """Send and receive, before the check's deadline, and never more than its share of bytes."""
        if self._unsent:
            data, self._unsent = self._unsent, bytearray()
            self.channel.send(data, deadline=self.deadline)
        owed, self._owed = self._owed, []
        failed: Reply | None = None
        for promise in owed:
            left = self.limits.fetched_bytes - self.channel.fetched
            try:
                promise.reply = reply = self.channel.receive(deadline=self.deadline, room=min(left, promise.room))
            except WireTooMuch as error:
                if left < promise.room or promise.room == MAX_REPLY_BYTES:
                    raise
                raise out_of_proportion(error.shape) from error
            if reply.tag == "E":
                failed = failed or reply
            elif reply.tag not in promise.tags:
                raise WireError("an answer to another question")
        if failed:
            raise subject_error(failed, self.files)


class LocalBackend(_Backend):
    """The reference or another package of our own, in this process.

    Parameters
    ----------
    path : folder that holds the assembled ``coursenn``, as from `autograder.intake.reference.reference_path`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.executor = Executor(self._resolve)
        self.sizes: list[int] = []
        """Entries of every array that was fetched, in order."""
        self._at_work = False

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """``import coursenn`` means this package: exchanged once for a check, since that takes longer than most requests."""
        with modules_of(self.path):
            self._at_work = True
            try:
                yield
            finally:
                self._at_work = False

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Carried out at once, on copies of the arguments."""
        promise = Promise(tags)
        with contextlib.nullcontext() if self._at_work else modules_of(self.path), np.errstate(all="ignore"):
            promise.reply = self.executor.handle(header, [a.copy() for a in arrays])
        if promise.reply.tag == "E":
            raise subject_error(promise.reply)
        if header["op"] == "array":
            value = np.asarray(promise.reply.value)
            self.sizes.append(value.size)
            if value.nbytes > self._room():
                raise out_of_proportion(value.shape)
        return promise

    def settle(self) -> None:
        """Nothing is ever owed."""

    @staticmethod
    def _resolve(target: str) -> Any:
        module_name, _, name = target.rpartition(".")
        try:
            return getattr(importlib.import_module(f"coursenn.{module_name}"), name)
        except (ModuleNotFoundError, AttributeError) as error:
            raise Refusal("Missing", f"{target} ({error})") from error


_LOADED: dict[Path, dict[str, ModuleType]] = {}


def forget(path: Path) -> None:
    """Let go of the package that was loaded from that folder."""
    _LOADED.pop(path, None)


@contextlib.contextmanager
def modules_of(path: Path) -> Iterator[None]:
    """Make ``import coursenn`` mean the package in that folder, and undo it: others may have imported another one."""
    before = {n: m for n, m in sys.modules.items() if n == "coursenn" or n.startswith("coursenn.")}
    for name in before:
        del sys.modules[name]
    sys.modules.update(_LOADED.get(path, {}))
    sys.path.insert(0, str(path))
    try:
        yield
    finally:
        sys.path.remove(str(path))
        ours = {n: m for n, m in sys.modules.items() if n == "coursenn" or n.startswith("coursenn.")}
        _LOADED[path] = ours
        for name in ours:
            del sys.modules[name]
        sys.modules.update(before)
