"""A check's requests to the reference and the reference's answers, to be repeated with a submission.

Most submissions are right in most checks. One that answers every request as the reference did has passed, regardless of what the check
would compare. The check itself, which draws inputs, compares answers and describes mistakes, is run only if an answer differs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checking import Array, SubjectError
from autograder.sandbox.backend import Promise, room_for
from autograder.sandbox.local import LocalBackend
from autograder.sandbox.worker.protocol import MAX_REPLY_BYTES, Reply, Requests, pack_reply

ROUNDING = {np.dtype(">f8"): 1e-11, np.dtype(np.float64): 1e-11, np.dtype(np.float32): 1e-6}
"""The error that counts as rounding, relative to the largest entry. Python's floats are big-endian on the wire."""


@dataclass(frozen=True)
class Answer:
    """What one reply must be.

    Parameters
    ----------
    head : the bytes that it begins with: the whole reply, unless numbers follow that may differ by rounding.
    room : the most bytes that an array sent in its place may have.
    numbers : the numbers that follow.
    like : the index of an earlier answer whose numbers must be the same to the last bit, as they are for the reference.
    """

    head: bytes
    room: int = MAX_REPLY_BYTES
    numbers: Array | None = None
    like: int | None = None

    @property
    def size(self) -> int:
        """Bytes of the numbers."""
        return 0 if self.numbers is None else self.numbers.nbytes


class _Numbers:
    """The numbers of one dtype in several answers."""

    def __init__(self, answers: Sequence[Answer], dtype: np.dtype[Any]) -> None:
        chosen = {i: a.numbers for i, a in enumerate(answers) if a.numbers is not None and a.numbers.dtype == dtype}
        self.places, self.dtype = list(chosen), dtype
        self.expected = np.concatenate([numbers.ravel() for numbers in chosen.values()])
        self.starts = np.cumsum([0, *(numbers.size for numbers in chosen.values())])[:-1]
        self.allowed = ROUNDING[dtype] * np.maximum.reduceat(np.abs(self.expected), self.starts)

    def agree(self, parts: Sequence[bytes]) -> bool:
        """Whether these are the same numbers up to rounding; numbers that are not finite never agree."""
        got = np.frombuffer(b"".join([parts[place] for place in self.places]), self.dtype)
        return bool((np.maximum.reduceat(np.abs(got - self.expected), self.starts) <= self.allowed).all())


class Exchange:
    """Requests that are sent together, and the answers to them.

    Parameters
    ----------
    requests : as they are sent.
    answers : one for each reply.
    within_s : the processor time that they have, if it is less than the check's.
    """

    def __init__(self, requests: bytes, answers: Sequence[Answer], within_s: float | None) -> None:
        self.requests, self.answers, self.within_s = requests, tuple(answers), within_s
        dtypes = {a.numbers.dtype for a in answers if a.numbers is not None}
        self._numbers = [_Numbers(answers, dtype) for dtype in dtypes]
        self.forms = [(a.head, a.size) for a in answers]
        """How each reply begins, and how many bytes follow."""
        self._like = [(i, a.like) for i, a in enumerate(answers) if a.like is not None]

    def agrees(self, parts: Sequence[bytes]) -> bool:
        """Whether the numbers after each head are the reference's."""
        return all(parts[i] == parts[j] for i, j in self._like) and all(numbers.agree(parts) for numbers in self._numbers)


Conversation = tuple[Exchange, ...]
"""One check from its first request to its last, or to the end of the first of its large inputs."""


class RecordingBackend(LocalBackend):
    """The reference in this process, with a record of the conversation."""

    def __init__(self, package: Path) -> None:
        super().__init__(package)
        self._said = [_Said(None)]
        self._sent: set[bytes] = set()
        self._recording = self._answered = True

    def post(self, tags: str, header: dict[str, Any], arrays: Sequence[Any] = ()) -> Promise:
        """Carry out a request at once, and record it."""
        try:
            promise = super().post(tags, header, arrays)
        except SubjectError:
            # The text of an exception may differ in every submission, so a check with one is always run.
            self._answered = False
            raise
        if self._recording and promise.reply:
            self._sent |= {np.ascontiguousarray(a).tobytes() for a in arrays}
            self._said[-1].add(header, arrays, promise.reply)
        return promise

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Only the first of several large inputs is recorded: correct work is not asked for more."""
        if self._recording:
            self._said.append(_Said(seconds))
        yield
        self._recording = False

    def conversation(self) -> Conversation | None:
        """The whole conversation, or None if correct submissions could answer differently."""
        return tuple(said.exchange(self._sent) for said in self._said) if self._answered else None


@dataclass
class _Said:
    """Requests that can be sent together, and the replies so far."""

    within_s: float | None
    requests: Requests = field(default_factory=Requests)
    replies: list[Reply] = field(default_factory=list)

    def add(self, header: dict[str, Any], arrays: Sequence[Any], reply: Reply) -> None:
        """Add a request and its reply."""
        if header["op"] == "array":
            self.requests.add_fetches([header["ref"]])
        else:
            self.requests.add(header, arrays)
        self.replies.append(reply)

    def exchange(self, sent: set[bytes]) -> Exchange:
        """The exchange with its expected answers; an array that is returned unchanged must be the same to the last bit."""
        answers: list[Answer] = []
        first: dict[bytes, int] = {}
        for reply in self.replies:
            answer = _answer(reply, sent)
            if answer.numbers is not None:
                like = first.setdefault(answer.numbers.tobytes(), len(answers))
                answer = answer if like == len(answers) else Answer(answer.head, answer.room, answer.numbers, like)
            answers.append(answer)
        return Exchange(self.requests.packed(), answers, self.within_s)


def _answer(reply: Reply, sent: set[bytes]) -> Answer:
    packed = pack_reply(reply)
    if reply.tag == "F":
        return Answer(packed[:1], numbers=np.frombuffer(packed, ">f8", offset=1))
    if reply.tag != "A":
        return Answer(packed)
    room = room_for(reply.value.size)
    numbers = packed[len(packed) - reply.value.nbytes :]
    if reply.value.dtype not in ROUNDING or not reply.value.size or numbers in sent:
        return Answer(packed, room)
    return Answer(packed[: -len(numbers)], room, np.frombuffer(numbers, reply.value.dtype))
