"""Nothing that leaves the sandbox of Dask's client is trusted: a client that was taken over costs one run and no more."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.manifest import Course
from autograder.results import documents
from autograder.runs import client_process, cluster, framing
from autograder.runs.client_process import ClientGone, ClientProcess
from autograder.runs.cluster import Cluster
from autograder.runs.connection import Connection
from autograder.runs.pool import GradingJob, GradingOrder, Pool, RemoteError
from autograder.runs.scheduler_address import SchedulerAddress
from autograder.workspace.workspace import Obstacle, Workspace
from tests.autograder.fake_engine import fake, marks

SPEAK = """
import json, struct, sys, time

def say(content):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.buffer.flush()

def read():
    head = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack(">I", head)[0])

def reply(key, answer):
    say({"type": "reply", "key": key, "reply": answer if isinstance(answer, str) else json.dumps(answer)})

def job():
    request = json.loads(read())
    read()
    return request
"""


@pytest.fixture
def scheduler() -> Iterator[SchedulerAddress]:
    """Return an address with a listener."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield SchedulerAddress(f"tcp://127.0.0.1:{server.getsockname()[1]}")


@pytest.fixture
def client_that(monkeypatch: pytest.MonkeyPatch, scheduler: SchedulerAddress) -> Callable[[str], SchedulerAddress]:
    """Replace Dask's client by a script; return the address to connect to."""

    def take_over(script: str) -> SchedulerAddress:
        command = [sys.executable, "-c", SPEAK + script]
        monkeypatch.setattr(
            client_process,
            "_start",
            lambda *_: subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0),
        )
        monkeypatch.setattr(cluster, "checked_address", lambda address: address)
        return scheduler

    return take_over


def until_gone(client: ClientProcess, seconds: float = 10.0) -> list[Any]:
    """Return the events until the client counts as gone."""
    found: list[Any] = []
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            found += client.events(0.5)
    except ClientGone:
        return found
    pytest.fail("it was listened to for too long")


NONSENSE = {
    "a frame of four gigabytes": r"sys.stdout.buffer.write(b'\xff' * 100); sys.stdout.buffer.flush(); time.sleep(60)",
    "no JSON": "say(b'\\x80\\x04cos\\nsystem\\n.'); time.sleep(60)",
    "JSON that is too deep": "say(b'[' * 100_000); time.sleep(60)",
    "an event that there is not": "say({'type': 'run', 'code': 'import os'}); time.sleep(60)",
    "a field of another type": "say({'type': 'workers', 'threads': {'w': 'many'}}); time.sleep(60)",
    "an end in the middle of a frame": r"sys.stdout.buffer.write(b'\0\0\1\0half'); sys.stdout.buffer.flush()",
    "an end at once": "",
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_ends_the_conversation(said: str, client_that: Callable[[str], SchedulerAddress]) -> None:
    """Is a client that sends something invalid dropped at once, without memory for the size that it announces?"""
    client = ClientProcess(client_that(said), 5)
    try:
        assert until_gone(client) == []
    finally:
        client.close()


def test_client_that_does_not_read(client_that: Callable[[str], SchedulerAddress], monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a client that reads nothing given up instead of waited for endlessly?"""
    monkeypatch.setattr(client_process, "WRITE_S", 0.3)
    client = ClientProcess(client_that("time.sleep(60)"), 5)
    try:
        with pytest.raises(ClientGone):
            client.send("k", "{}", bytes(1 << 20), [])
    finally:
        client.close()


def open_cluster(small: Course, address: SchedulerAddress) -> Cluster:
    """Return a pool with that client."""
    return Cluster(GradingOrder(small, "first", 1), address)


def outcomes_of(pool: Pool, workspace: Workspace, count: int = 1) -> list[Any]:
    """The outcomes of one job."""
    pool.submit(GradingJob(workspace.submitted("ada", "first"), last=True))
    found: list[Any] = []
    until = time.monotonic() + 20
    while len(found) < count and time.monotonic() < until:
        found += pool.finished(0.5)
    return found


@pytest.fixture
def ada(workspace: Workspace, small: Course) -> str:
    """Return the correct result of a submission, as JSON."""
    marks(workspace, "ada", 2, 3, 2)
    return json.dumps(fake(workspace.submitted("ada", "first"), small, "first", 1, False))


def test_results_that_nobody_asked_for(
    workspace: Workspace, small: Course, ada: str, client_that: Callable[[str], SchedulerAddress]
) -> None:
    """Are results of unknown jobs, a second result and another student's result ignored?"""
    script = f"""
document = json.loads({ada!r})
say({{"type": "workers", "threads": {{"w": 1}}}})
reply("grade-0", {{"document": document}})
key = job()["key"]
for other in ({{**document, "submission": "ben"}}, document):
    reply(key, {{"document": other}})
time.sleep(60)
"""
    with open_cluster(small, client_that(script)) as pool:
        (outcome,) = outcomes_of(pool, workspace)
        assert "submission" in str(outcome.error)
        assert pool.finished(0.5) == []


ANSWERS = {
    "half": '{"document": {"schema": 1,',
    "too deep": "[" * 100_000,
    "a list": "[]",
    "no number": '{"document": {"score": NaN}}',
    "half of a character": '{"error": "\\ud800"}',
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_answer_that_is_none(
    answer: str, workspace: Workspace, small: Course, ada: str, client_that: Callable[[str], SchedulerAddress]
) -> None:
    """Does an unreadable answer cost only its submission, and not the run?"""
    script = f"""
say({{"type": "workers", "threads": {{"w": 1}}}})
reply(job()["key"], {answer!r})
time.sleep(60)
"""
    with open_cluster(small, client_that(script)) as pool:
        (outcome,) = outcomes_of(pool, workspace)
        assert outcome.error is not None
        assert pool.finished(0.1) == []


def test_largest_answer_fits_into_a_frame() -> None:
    """Is an answer of the largest size allowed for a document accepted from a worker?"""
    assert framing.MOST_REPLY_BYTES == documents.MAX_BYTES
    assert len(json.dumps({"key": "k" * 99, "reply": '"' * framing.MOST_REPLY_BYTES})) < framing.MOST_BYTES


def test_refusals_without_end(workspace: Workspace, small: Course, ada: str, client_that: Callable[[str], SchedulerAddress]) -> None:
    """Does a run end if the cluster invents one refusing worker after another, and does that cost only this submission its mark?"""
    script = """
number = 0
while True:
    key = job()["key"]
    number += 1
    say({"type": "workers", "threads": {"w": 1, f"v{number}": 1}})
    reply(key, {"refused": "no", "worker": f"v{number}"})
"""
    with open_cluster(small, client_that(script)) as pool:
        (outcome,) = outcomes_of(pool, workspace)
    assert isinstance(outcome.error, RemoteError)


def test_words_for_a_terminal(workspace: Workspace, small: Course, ada: str, client_that: Callable[[str], SchedulerAddress]) -> None:
    """Can a worker move the cursor of an instructor's terminal, or flood it, with its name or its reasons?"""
    script = r"""
say({"type": "workers", "threads": {"w": 1, "\x1b[2Jv": 1}})
key = job()["key"]
reply(key, {"refused": "\x1b]0;owned\x07" + "x" * 10**6, "worker": "\x1b[2Jv"})
reply(job()["key"], {"error": "\x1b[31mred"})
time.sleep(60)
"""
    with open_cluster(small, client_that(script)) as pool:
        (outcome,) = outcomes_of(pool, workspace)
        first, *texts = [*pool.notes(), str(outcome.error)]
    assert "every account on this machine can use it" in first
    assert len(texts) == 2
    assert all(len(text) < 1500 and re.fullmatch(r"[ -~]+", text) for text in texts), texts


def test_silence_comes_to_an_end(
    workspace: Workspace, small: Course, ada: str, client_that: Callable[[str], SchedulerAddress], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is a cluster given up that sends nothing, or names workers but never sends a result?"""
    monkeypatch.setattr(cluster, "NO_WORD_S", 0.5)
    with open_cluster(small, client_that("time.sleep(60)")) as pool, pytest.raises(Obstacle, match="is gone"):
        outcomes_of(pool, workspace)
    monkeypatch.setattr(cluster, "NO_RESULT_S", 1.0)
    talk = "while True: say({'type': 'workers', 'threads': {'w': 1}}); time.sleep(0.1)"
    with open_cluster(small, client_that(talk)) as pool, pytest.raises(Obstacle, match="returned nothing"):
        outcomes_of(pool, workspace)


def test_connection_leads_to_the_scheduler(tmp_path: Path) -> None:
    """Are bytes passed to the scheduler and back, over several connections at once, until either side ends?"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(tmp_path / "connection", "127.0.0.1", server.getsockname()[1])
        pairs = []
        for _ in range(3):
            near = socket.socket(socket.AF_UNIX)
            near.connect(str(connection.path))
            pairs.append((near, server.accept()[0]))
        for n, (near, far) in enumerate(pairs):
            near.sendall(b"to %d" % n)
            assert far.recv(100) == b"to %d" % n
            far.sendall(b"back")
            assert near.recv(100) == b"back"
            far.close()
            assert near.recv(100) == b""
            near.close()
        connection.close()
    assert not connection.path.exists()
