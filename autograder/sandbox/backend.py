"""Requests to a package, and the meaning of its replies: the same for the reference in this process and for a submission."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.checking import Array, Laid, Ref, SubjectError
from autograder.sandbox.text import safe_text
from autograder.sandbox.wire import WireError
from autograder.sandbox.worker.older_keywords import RENAMED
from autograder.sandbox.worker.protocol import KINDS, MAX_REPLY_BYTES, NO_FILE, Reply

PROPORTION = 4
"""An array may have at most this many times the entries of the reference's."""
PLACES = {"0": "first", "1": "second", "2": "third", "3": "fourth"}
"""Words for the place of a result, by its number on the wire."""
KIND_IN_WORDS = {"none": "None", "int": "an int", "array": "an array", "str": "a string", "callable": "a function", "other": "an object"}


class Encoder:
    """Turns arguments into the JSON of a request and the arrays that go with it."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []

    def encode(self, value: Any) -> Any:
        """One value; ``TypeError`` for something that the wire cannot carry."""
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            self.arrays.append(value)
            return {"$": "array", "v": len(self.arrays) - 1}
        if isinstance(value, np.generic):
            self.arrays.append(np.asarray(value))
            return {"$": "scalar", "v": len(self.arrays) - 1}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, Laid):
            self.arrays.append(value.array)
            return {"$": "laid", "v": [len(self.arrays) - 1, value.layout]}
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
    """A reply that is available once the backend is settled."""

    def __init__(self, tags: str, room: int = MAX_REPLY_BYTES) -> None:
        self.tags = tags
        self.room = room
        """The most bytes that an array in it may have."""
        self.reply: Reply | None = None

    def value(self) -> Any:
        """The content of the reply; ``LookupError`` if there is none, for example because an earlier request failed."""
        if self.reply is None or self.reply.tag == "E":
            raise LookupError("not settled")
        return self.reply.value


class RequestBackend:
    """A `Backend` that turns a check's calls into requests; derived classes carry these out."""

    at_once_s = 0.0
    """No answer is fast enough to stop growing an input."""

    def __init__(self) -> None:
        self._count = 0
        self.proportions: Sequence[int] = ()
        """Number of entries of the reference's arrays, in the order in which they are fetched; () if they are not known."""
        self._fetches = 0
        self._renamed: list[tuple[str, Promise]] = []
        """Targets of calls with keywords that had other names in older courses, and the replies that say what was translated."""

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Carry out one request, now or before the backend is settled; ``tags`` are the kinds of replies that answer it."""
        raise NotImplementedError

    def post_fetches(self, tags: str, refs: list[Any]) -> list[Promise]:
        """The same for the arrays of several references, each with its own answer."""
        raise NotImplementedError

    def settle(self) -> None:
        """Wait for everything that was posted; the first error among the replies is raised."""
        raise NotImplementedError

    def at_work(self) -> contextlib.AbstractContextManager[None]:
        """A context around one check, from its first request to its last."""
        return contextlib.nullcontext()

    def within(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """A context in which requests have at most this many seconds; the reference has no limit."""
        return contextlib.nullcontext()

    def call(self, target: str | Ref, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
        """Call a function, keep its result on the other side, and return its handle."""
        encoder, handle = Encoder(), self._handle()
        where = target if isinstance(target, str) else encoder.encode(target)
        header = {"op": "call", "handle": handle, "target": where, "args": [encoder.encode(a) for a in args]}
        header["kwargs"] = {k: encoder.encode(v) for k, v in kwargs.items()}
        renamed = isinstance(target, str) and not RENAMED.isdisjoint(kwargs)
        reply = self.post("NX" if renamed else "N", header, encoder.arrays)
        if isinstance(target, str) and renamed:
            self._renamed.append((target, reply))
        return handle

    def older_keywords(self) -> list[tuple[str, int]]:
        """Classes that were called with older keywords, as far as their replies have arrived, each with what was translated."""
        found = []
        for target, reply in self._renamed:
            with contextlib.suppress(LookupError):
                found.append((target, reply.value() or 0))
        return [(target, bits) for target, bits in dict.fromkeys(found) if bits]

    def put(self, value: Any) -> str:
        """Store a value on the other side and return its handle."""
        encoder, handle = Encoder(), self._handle()
        self.post("N", {"op": "put", "handle": handle, "value": encoder.encode(value)}, encoder.arrays)
        return handle

    def set(self, ref: Ref, value: Any) -> None:
        """Assign to the item or attribute that the last step of the path names."""
        encoder = Encoder()
        self.post("N", {"op": "set", "ref": reference(ref), "value": encoder.encode(value)}, encoder.arrays)

    def fill(self, ref: Ref, values: Mapping[str, Any]) -> None:
        """Assign to several items of the value."""
        encoder = Encoder()
        items = [[key, encoder.encode(value)] for key, value in values.items()]
        self.post("N", {"op": "fill", "ref": reference(ref), "items": items}, encoder.arrays)

    def array(self, ref: Ref) -> Array:
        """Fetch an array or a number as an array."""
        later = self.array_later(ref)
        self.settle()
        return later()

    def array_later(self, ref: Ref) -> Callable[[], Array]:
        """Request the current value; the returned function gives it once the backend is settled."""
        return self.arrays_later([ref])[0]

    def arrays_later(self, refs: Sequence[Ref]) -> list[Callable[[], Array]]:
        """The same for several references."""
        promises = self.post_fetches("AIFB", [reference(ref) for ref in refs])
        return [lambda promise=promise: np.asarray(promise.value()) for promise in promises]  # type: ignore[misc]

    def length(self, ref: Ref) -> int:
        """``len`` of the value."""
        return int(self._now("L", {"op": "length", "ref": reference(ref)}))

    def kind(self, ref: Ref) -> str:
        """The kind of a value, one of ``KINDS``."""
        index = self._now("X", {"op": "kind", "ref": reference(ref)})
        if index >= len(KINDS):
            raise WireError("no kind")
        return KINDS[index]

    def keys(self, ref: Ref, names: Sequence[str]) -> tuple[list[str], int]:
        """Which of the names are keys of a dict, and how many other keys it has."""
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
        """The most bytes that the next array fetched may have.

        An array with twice the entries is merely wrong; one with a thousand times as many could fill this process's memory when
        it is combined with another.
        """
        if not self.proportions:
            return MAX_REPLY_BYTES
        size = self.proportions[self._fetches] if self._fetches < len(self.proportions) else max(self.proportions)
        self._fetches += 1
        return room_for(size)

    def _now(self, tags: str, header: dict[str, Any]) -> Any:
        promise = self.post(tags, header)
        self.settle()
        return promise.value()


def room_for(entries: int) -> int:
    """The most bytes that an array may have if the reference's has this many entries."""
    return 8 * (PROPORTION * entries + 64)


def out_of_proportion(shape: tuple[int, ...]) -> SubjectError:
    """The error for an array that is far larger than the reference's."""
    return SubjectError("OutOfProportion", f" of shape {shape}")


def _without(what: str) -> str:
    """What is missing and from what: an attribute or an entry, by its documented name, or one of several results, counted from 0."""
    what, _, owner = what.partition(" of ")
    kind, _, name = what.partition(" ")
    if kind == "part" and name.isdigit():
        return f"fewer things were returned than the docstring lists: there is no number {int(name) + 1}"
    if not name:
        return "a result that must be returned is missing"
    kind_of_owner, _, owner = owner.partition(" ")
    if kind_of_owner == "part" and owner in PLACES:
        return f"the {PLACES[owner]} of the results has no {kind} {name}"
    if owner:
        return f"{owner} has no {kind} {name}"
    if kind == "attribute":
        return f"the object that your class makes has no attribute {name}"
    return f"the dict that was passed has no {kind} {name} after the call"


def subject_error(reply: Reply, files: tuple[str, ...] = ()) -> SubjectError:
    """An error reply as the exception that checks know."""
    text = safe_text(reply.text)
    if reply.code == "NotAnArray":
        text = f"{KIND_IN_WORDS.get(text, 'a ' + text if text.isalpha() else text)} where an array was expected"
    elif reply.code == "Nothing":
        text = "None, or something empty, was returned where an array was expected"
    elif reply.code == "NoSuchItem":
        text = _without(text)
    known = reply.file != NO_FILE and reply.file < len(files) and reply.line < 10**6
    return SubjectError(reply.code, text, f"{files[reply.file]}, line {reply.line}" if known else "")
