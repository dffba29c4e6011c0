"""Fuzz targets: both ends of the wire, and whole checks over a lying worker.

``fuzz.py`` runs one target under atheris, guided by coverage. The same targets run for a moment over bytes drawn from a
fixed seed in the ordinary tests.
"""

from __future__ import annotations

import functools
import random
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checking import Check
from autograder.engine.attempt import Attempts
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations, expectations
from autograder.engine.messages import Messages
from autograder.engine.result import CheckResult
from autograder.manifest import Course, Task, load_course
from autograder.sandbox.limits import Limits
from autograder.sandbox.local import LocalBackend
from autograder.sandbox.process import Process
from autograder.sandbox.process_tree import ProcessTree
from autograder.sandbox.sandbox import Mounts
from autograder.sandbox.text import safe_text
from autograder.sandbox.wire import Channel, WireClosed, WireError, WireTimeout, read_reply
from autograder.sandbox.worker.executor import Executor
from autograder.sandbox.worker.protocol import DTYPES, ERRORS, REQUEST_HEAD, Reply, pack_reply, read_requests
from autograder.verdicts import Verdict

SEED = "fuzzing"
WHOLE = 1 << 40
LIMITS = Limits(check_wall_s=30.0)


class Wire:
    """A socket that delivers given bytes in pieces and discards what is sent."""

    def __init__(self, data: bytes, piece: int = 1 << 16) -> None:
        self.data, self.piece = data, piece

    def recv(self, count: int) -> bytes:
        """Return at most so many bytes; none at the end."""
        taken = self.data[: min(count, self.piece)]
        self.data = self.data[len(taken) :]
        return taken

    def recv_into(self, view: memoryview) -> int:
        """The same, into a buffer."""
        data = self.recv(len(view))
        view[: len(data)] = data
        return len(data)

    def sendall(self, data: bytes) -> None:
        """Discard the bytes."""

    def settimeout(self, seconds: float) -> None:
        """It never waits."""

    def close(self) -> None:
        """Nothing to close."""


def replies(data: bytes) -> None:
    """Assert that whatever arrives is a reply or one of three errors."""
    channel = Channel(Wire(data, 1 + len(data) % 97))  # type: ignore[arg-type]
    with suppress(WireError, WireClosed, WireTimeout):
        for _ in range(50):
            reply = channel.receive(deadline=float("inf"), room=1 << 20)
            assert isinstance(reply, Reply)
            if reply.tag == "E":
                assert safe_text(reply.text).replace("\u2026", "").isprintable()
            pack_reply(reply)


def requests(data: bytes) -> None:
    """Assert that whatever arrives at the worker is a request or an error, and that every request gets an answer of the grammar."""
    executor = Executor(lambda target: {"f": lambda *a, **k: (a, k), "g": np.linalg.inv}[target])
    text, _, body = data.partition(b"\xff")
    framed = data if data[:1] == b"\0" else REQUEST_HEAD.pack(len(text), len(body)) + text + body
    with suppress(EOFError, ValueError):
        for header, arrays in read_requests(Wire(framed, WHOLE)):  # type: ignore[arg-type]
            answer(executor, header, arrays)


def answer(executor: Executor, header: Any, arrays: list[Any]) -> Reply:
    """Return the answer to a request after sending it over the wire."""
    wire = Wire(pack_reply(executor.handle(header, arrays)), WHOLE)
    reply = read_reply(wire.recv)
    assert not wire.data
    return reply


def streams(data: bytes) -> None:
    """Run a check over a worker that sends the same bytes in reply to everything."""
    number, rest = int.from_bytes(data[:2], "big"), data[2:]
    checks = all_checks(course())
    task, check = checks[number % len(checks)]
    run_over(PromptChannel(Wire(rest)), task, check)  # type: ignore[arg-type]


def lies(data: bytes) -> None:
    """Run a check over a worker that is right except for the answers that the bytes select."""
    number, rng = int.from_bytes(data[:2], "big"), random.Random(data[2:])
    checks = all_checks(course())
    task, check = checks[number % len(checks)]
    run_over(Liar(rng, 0.5 / (1 + rng.randrange(40))), task, check)


TARGETS: dict[str, Callable[[bytes], None]] = {f.__name__: f for f in (replies, requests, streams, lies)}


class PromptChannel(Channel):
    """A channel whose other end answers at once."""

    def readable(self, seconds: float) -> bool:
        """Everything has arrived already."""
        return True


class Liar(PromptChannel):
    """A worker with the reference that replaces some of its answers by others of the grammar."""

    def __init__(self, rng: random.Random, share: float) -> None:
        self.wire = Wire(pack_reply(Reply("L", 0)), WHOLE)
        super().__init__(self.wire)  # type: ignore[arg-type]
        self.rng, self.share = rng, share
        self.executor = Executor(LocalBackend._resolve)

    def send(self, data: bytes | bytearray, *, deadline: float) -> None:
        """Carry out every request in the bytes."""
        wire = Wire(bytes(data), WHOLE)
        while wire.data:
            for header, arrays in read_requests(wire):  # type: ignore[arg-type]
                with np.errstate(all="ignore"):
                    replies = list(self.executor.handle_all(header, arrays))
                self.wire.data += b"".join(pack_reply(self._changed(r) if self.rng.random() < self.share else r) for r in replies)

    def _changed(self, reply: Reply) -> Reply:
        rng = self.rng
        if reply.tag == "A" and rng.random() < 0.8:
            return Reply("A", changed_array(rng, reply.value))
        return rng.choice(
            [
                Reply("I", rng.randrange(-(1 << 63), 1 << 63)), Reply("F", rng.choice([0.0, float("nan"), float("inf"), -1e308, 1e-320])),
                Reply("B", rng.random() < 0.5), Reply("N"), Reply("Z"), Reply("L", rng.randrange(1 << 63)), Reply("X", rng.randrange(12)),
                Reply("K", ([0, 1, 65535], 1 << 31)), Reply("K", ([], 0)), Reply("A", changed_array(rng, np.ones(3))),
                Reply("E", code=rng.choice(ERRORS), file=rng.randrange(256), line=rng.randrange(1 << 32), text="\u202e<b>0.25[red]" * 9),
            ]
        )  # fmt: skip


def changed_array(rng: random.Random, value: Any) -> Any:
    """Return an array with other values, another type or another shape, or the same array."""
    with np.errstate(all="ignore"):
        ways: list[Callable[[], Any]] = [
            lambda: value * 0, lambda: -value, lambda: value.astype(rng.choice(DTYPES)), lambda: value.T, lambda: value.ravel(),
            lambda: value[None], lambda: value[..., None], lambda: value.reshape(-1)[:1], lambda: np.zeros((0, *value.shape)),
            lambda: np.full(value.shape, rng.choice([np.nan, np.inf, -np.inf, 1e308, 5e-324])), lambda: np.zeros(()),
            lambda: np.zeros((3 * value.size + 50, 1)), lambda: np.zeros((1, 3 * value.size + 50)), lambda: np.zeros((1,) * 16),
            lambda: np.resize(value, (2, *value.shape)), lambda: np.repeat(value, 100), lambda: value + 1e-3,
        ]  # fmt: skip
        return np.asarray(rng.choice(ways)())


@functools.cache
def course() -> Course:
    """The course of this repository."""
    return load_course()


@functools.cache
def all_checks(course: Course) -> list[tuple[Task, Check]]:
    """Every hidden check with its task."""
    return [(task, check) for task in course.tasks if not task.model for check in checks_of(course, task)]


class OneProcess(Process):
    """The process at the other end of a channel, whose end is not observed."""

    def _end(self, error: Exception | None) -> Verdict | None:
        return None if error is None else Verdict.KILLED if isinstance(error, WireClosed) else Verdict.ERROR


def run_over(channel: Channel, task: Task, check: Check) -> CheckResult:
    """Return the result of a check over a channel, including the verdict; it must be fit to show whatever came back."""
    expected: Expectations = expectations(reference(), SEED)
    tree = ProcessTree(course(), Mounts(Path("/nowhere")), LIMITS)
    attempts = Attempts(course(), tree, expected, LIMITS, Messages(course(), Path("/nowhere")))
    result = attempts.run(OneProcess(channel, tuple(course().editable), LIMITS, lambda: None), task, check).result
    assert result.message.replace("\u2026", "").isprintable()
    assert len(result.message) < 600
    assert result.name == check.name
    return result


@functools.cache
def reference() -> Path:
    """The folder with the reference package, first on the path."""
    from autograder.intake.reference import reference_path

    path = reference_path(course())
    if str(path) not in sys.path:
        sys.path.insert(0, str(path))
    return path


def beginnings() -> list[bytes]:
    """Inputs to start from: well-formed replies and requests."""
    array = pack_reply(Reply("A", np.arange(6.0).reshape(2, 3)))
    error = pack_reply(Reply("E", code="ValueError", file=0, line=3, text="shapes (4,5) \x1b[31m"))
    text = b'[{"op": "call", "handle": "h", "target": "f", "args": [{"$": "array", "v": 0}], "kwargs": {}, "arrays": [["<f8", [2]]]}]'
    return [
        b"\0\0" + pack_reply(Reply("L", 0)) + b"NN" + array + b"N" + array, array + error + b"NZB\1", pack_reply(Reply("K", ([1, 4], 7))),
        text + b"\xff" + struct.pack("<2d", 1, 2), b'[{"op": "keys", "ref": ["h", [["item", 0]]], "names": ["a"]}]',
        b'[{"op": "set", "ref": ["h", []], "value": {"$": "tuple", "v": [1, null, {"$": "dtype", "v": "float32"}]}}, {"op": "nothing"}]',
    ]  # fmt: skip


def drawn(rng: random.Random) -> bytes:
    """Bytes close to one of the initial inputs, or arbitrary ones."""
    data = bytearray(rng.choice(beginnings()) if rng.random() < 0.9 else rng.randbytes(rng.randrange(200)))
    for _ in range(rng.randrange(6)):
        place = rng.randrange(len(data) + 1)
        data[place : place + rng.randrange(4)] = rng.randbytes(rng.randrange(9))
    return bytes(data)
