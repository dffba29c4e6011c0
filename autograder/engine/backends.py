"""Where the calls of a check go: the reference in this process, or a worker that runs a submission."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.checks.api import Array, Ref, SubjectError
from autograder.engine.limits import DEFAULT, Limits
from autograder.engine.wire import Channel, WireError, kind_name, safe_text
from autograder.engine.worker.executor import Executor, Refusal
from autograder.engine.worker.protocol import NO_FILE, Reply

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


class _Backend:
    """What both backends share: requests, and the meaning of replies."""

    files: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._count = 0

    def ask(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Carry out one request."""
        raise NotImplementedError

    def call(self, target: str | Ref, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """Call and keep the result under the handle that is returned."""
        encoder, handle = Encoder(), self._handle()
        where = target if isinstance(target, str) else encoder.encode(target)
        header = {"op": "call", "handle": handle, "target": where, "args": [encoder.encode(a) for a in args]}
        header["kwargs"] = {k: encoder.encode(v) for k, v in kwargs.items()}
        self._expect("N", header, encoder.arrays)
        return handle

    def put(self, value: Any) -> str:
        """Store a value on the other side and return its handle."""
        encoder, handle = Encoder(), self._handle()
        self._expect("N", {"op": "put", "handle": handle, "value": encoder.encode(value)}, encoder.arrays)
        return handle

    def set(self, ref: Ref, value: Any) -> None:
        """Assign to the item or attribute that the last step of the path names."""
        encoder = Encoder()
        self._expect("N", {"op": "set", "ref": reference(ref), "value": encoder.encode(value)}, encoder.arrays)

    def array(self, ref: Ref) -> Array:
        """Fetch an array or a number as an array."""
        return np.asarray(self._expect("AIFB", {"op": "array", "ref": reference(ref)}).value)

    def length(self, ref: Ref) -> int:
        """``len`` of the value."""
        return int(self._expect("L", {"op": "length", "ref": reference(ref)}).value)

    def kind(self, ref: Ref) -> str:
        """What sort of value it is."""
        return kind_name(self._expect("X", {"op": "kind", "ref": reference(ref)}))

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which of the names are keys of a dict, and how many keys it has beside them."""
        indices, others = self._expect("K", {"op": "keys", "ref": reference(ref), "names": list(names)}).value
        if any(i >= len(names) for i in indices):
            raise WireError("an index beyond the names")
        return [names[i] for i in indices], others

    def load_npz(self, path: str) -> Ref:
        """Load a file of trained weights on the other side, as a dict of arrays."""
        handle = self._handle()
        self._expect("N", {"op": "npz", "handle": handle, "path": path})
        return Ref(handle)

    def seed(self, value: int) -> None:
        """Seed numpy's global generator on the other side."""
        self._expect("N", {"op": "seed", "value": value})

    def _handle(self) -> str:
        self._count += 1
        return f"h{self._count}"

    def _expect(self, tags: str, header: dict[str, Any], arrays: list[Any] | None = None) -> Reply:
        reply = self.ask(header, arrays or [])
        if reply.tag == "E":
            raise subject_error(reply, self.files)
        if reply.tag not in tags:
            raise WireError("an answer to another question")
        return reply


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
    """A process of the sandbox."""

    def __init__(self, channel: Channel, files: tuple[str, ...], limits: Limits = DEFAULT) -> None:
        super().__init__()
        self.channel, self.files, self.limits = channel, files, limits
        self.deadline = time.monotonic() + limits.check_wall_s

    def ask(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Over the wire, before the check's deadline, and never more than its share of bytes."""
        room = self.limits.fetched_bytes - self.channel.fetched
        return self.channel.request(header, arrays, deadline=self.deadline, room=room)


class LocalBackend(_Backend):
    """The reference, in this process.

    Parameters
    ----------
    path : folder that holds the assembled ``coursenn``, as from `autograder.reference.reference_path`.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.executor = Executor(self._resolve)

    def ask(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Carried out at once, on copies of the arguments."""
        with modules_of(self.path), np.errstate(all="ignore"):
            return self.executor.handle(header, [a.copy() for a in arrays])

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
