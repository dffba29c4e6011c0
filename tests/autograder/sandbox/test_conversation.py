"""Does a check pass without being run only if every answer equals the reference's, and does any other answer do no harm?"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograder.checking import Ref, Session, SubjectError
from autograder.sandbox.backend import RequestBackend
from autograder.sandbox.conversation import Conversation, RecordingBackend
from autograder.sandbox.local import OwnPackage
from autograder.sandbox.remote import RemoteBackend
from autograder.sandbox.wire import Channel
from autograder.sandbox.worker.executor import Executor
from autograder.sandbox.worker.protocol import pack_reply, read_requests

X = np.linspace(-2.0, 3.0, 12).reshape(3, 4)
Answers = dict[str, Callable[..., Any]]


def double(x: Any) -> Any:
    """What the reference does."""
    return 2 * x


def right() -> Answers:
    """A package whose functions answer like the reference."""
    return {"double": double, "total": lambda x: float(np.sum(x)), "settings": lambda x: {"n": len(x), "x": x}, "nothing": lambda x: None}


def talk(backend: RequestBackend) -> list[Any]:
    """Make requests like those of a check; return the arrays received."""
    s = Session(backend, None)  # type: ignore[arg-type]
    x = s.put(X)
    out, again = s.call("double", x), s.call("double", X)
    settings = s.call("settings", X)
    n = s.array(settings["n"])
    later = s.later({"out": out, "again": again, "total": s.call("total", X), "x": x, "float32": s.call("double", X.astype(np.float32))})
    kind = s.kind(s.call("nothing", X))
    s.settle()
    return [n, kind, *later().values()]


@pytest.fixture
def conversation(monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """The reference's answers to these requests."""
    return recorded(monkeypatch, talk)


def recorded(monkeypatch: pytest.MonkeyPatch, say: Callable[[RequestBackend], Any]) -> Conversation:
    """The reference's answers in a conversation."""
    backend = RecordingBackend(OwnPackage("/nowhere"))  # type: ignore[arg-type]
    monkeypatch.setattr(backend.executor, "resolve", right().__getitem__)
    say(backend)
    found = backend.conversation()
    assert found is not None
    return found


@pytest.fixture
def connect() -> Iterator[Callable[[Answers], RemoteBackend]]:
    """Starts a worker that has some functions; the backend that talks to it."""
    sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(functions: Answers) -> RemoteBackend:
        ours, theirs = socket.socketpair()
        sockets.extend([ours, theirs])
        threads.append(threading.Thread(target=_serve, args=(theirs, Executor(functions.__getitem__)), daemon=True))
        threads[-1].start()
        return RemoteBackend(Channel(ours), (), loaded=True)

    yield start
    for one in sockets:
        one.close()
    for thread in threads:
        thread.join(10)


def _serve(sock: socket.socket, executor: Executor) -> None:
    try:
        while True:
            for header, arrays in read_requests(sock):
                for reply in executor.handle_all(header, arrays):
                    sock.sendall(pack_reply(reply))
    except (EOFError, OSError):
        return


def in_place(x: Any) -> Any:
    """Right, but it changes its argument slightly."""
    out = 2 * x
    x *= 1 + 1e-15
    return out


def unsteady() -> Callable[[Any], Any]:
    """Right up to rounding, which differs from call to call."""
    calls: list[int] = []

    def function(x: Any) -> Any:
        calls.append(1)
        return 2 * x * (1 + 1e-14 * len(calls))

    return function


SAME: dict[str, Answers] = {
    "the reference": {},
    "rounds in another way": {"double": lambda x: 2 * x * x.dtype.type(1 + 2e-16)},
    "rounds a number in another way": {"total": lambda x: float(np.sum(x)) * (1 + 1e-14)},
    "a float of numpy": {"total": np.sum},
    "a float as an array without axes": {"total": lambda x: np.asarray(np.sum(x) * (1 + 1e-14))},
}
OTHER: dict[str, Answers] = {
    "off by more than rounding": {"double": lambda x: 2 * x * x.dtype.type(1 + 1e-5)},
    "off in one entry": {"double": lambda x: np.where(x == x.flat[5], 7, 2 * x)},
    "a number off": {"total": lambda x: float(np.sum(x)) * (1 + 1e-9)},
    "a number of numpy off": {"total": lambda x: np.sum(x) * (1 + 1e-9)},
    "a float32 for a float": {"total": lambda x: np.float32(np.sum(x))},
    "an axis more than a float": {"total": lambda x: np.sum(x).reshape(1)},
    "an int for a float": {"total": lambda x: int(np.sum(x))},
    "NaN as an array": {"total": lambda x: np.asarray(np.nan)},
    "NaN": {"double": lambda x: 2 * x * np.nan},
    "infinite": {"double": lambda x: 2 * x * np.inf},
    "None": {"double": lambda x: None},
    "raises": {"double": lambda x: 1 / 0},
    "another shape": {"double": lambda x: 2 * x.ravel()},
    "fewer axes": {"double": lambda x: 2 * x[0]},
    "another dtype": {"double": lambda x: (2 * x).astype(np.float32)},
    "always float64": {"double": lambda x: (2 * x).astype(np.float64)},
    "larger": {"double": lambda x: np.zeros(40)},
    "a list": {"double": lambda x: [1, 2]},
    "another length": {"settings": lambda x: {"n": 4, "x": x}},
    "a float for an int": {"settings": lambda x: {"n": 3.0, "x": x}},
    "no such item": {"settings": lambda x: {}},
    "something for nothing": {"nothing": lambda x: 1},
    "writes into its argument": {"double": in_place},
    "differs from call to call": {"double": unsteady()},
}


@pytest.mark.parametrize("how", SAME)
def test_the_same_up_to_rounding(how: str, conversation: Conversation, connect: Callable[[Answers], RemoteBackend]) -> None:
    """Does right code pass however it rounds?"""
    assert connect(right() | SAME[how]).repeats(conversation)


@pytest.mark.parametrize("how", OTHER)
def test_another_answer(how: str, conversation: Conversation, connect: Callable[[Answers], RemoteBackend]) -> None:
    """Is any other answer noticed without waiting for bytes that never come, and is the wire free for the check afterwards?"""
    backend = connect(right() | OTHER[how])
    assert not backend.repeats(conversation)
    assert backend.array(Ref(backend.call("total", (X,), {}))) is not None
    assert backend.kind(Ref(backend.put(X))) == "array"


def test_a_check_that_expects_an_exception_is_always_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are texts that students may choose freely compared only by the check?"""
    backend = RecordingBackend(OwnPackage("/nowhere"))  # type: ignore[arg-type]
    monkeypatch.setattr(backend.executor, "resolve", {"raises": lambda: 1 / 0}.__getitem__)
    with pytest.raises(SubjectError):
        backend.call("raises", (), {})
    assert backend.conversation() is None


@pytest.mark.parametrize(("at_once_s", "same"), [(1e9, True), (0.0, False)])
def test_large_inputs(at_once_s: float, same: bool, monkeypatch: pytest.MonkeyPatch, connect: Callable[[Answers], RemoteBackend]) -> None:
    """Is the first of several large inputs enough if it is answered at once, and only then?"""

    def say(backend: RequestBackend) -> None:
        s = Session(backend, None)  # type: ignore[arg-type]
        s.compare("out", s.call("double", X))
        s.growing(3.0, [10, 1000], lambda n: s.compare("large", s.call("double", np.ones(n))))

    conversation = recorded(monkeypatch, say)
    assert [len(exchange.answers) for exchange in conversation] == [2, 2]
    backend = connect(right())
    monkeypatch.setattr(backend, "at_once_s", at_once_s)
    assert backend.repeats(conversation) is same
