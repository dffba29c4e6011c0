"""The process that talks to a Dask cluster, as seen from outside: it is sandboxed, and nothing that it says is trusted.

Anything that a worker or a scheduler sends may run code in a Dask client. So the client is a separate process in bubblewrap. It
has no files of this machine except the client's certificates, no seed, and no network except one socket to the scheduler. It gets
only what the cluster gets anyway, and returns frames of JSON, whose size and form are checked here.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from autograder.paths import REPOSITORY
from autograder.runs import walled_client
from autograder.runs.connection import Connection
from autograder.runs.framing import HEAD, FrameBuffer, FrameError
from autograder.runs.scheduler_address import SchedulerAddress
from autograder.sandbox.bubblewrap import walled_command
from autograder.sandbox.interpreter import interpreter
from autograder.sandbox.packages import package_library_path, package_mounts
from autograder.sandbox.seccomp import program_file, threads_filter
from autograder.startup import ONE_THREAD

DISTRIBUTIONS = ("distributed",)
MEMORY_BYTES = 4 << 30
TMPFS_BYTES = 16 << 20
WRITE_S = 60.0
"""How long it may go without reading what is written to it."""
PIECE = 1 << 20
_INSIDE = "/client"
_FILES = tuple(f"autograder/runs/{name}.py" for name in ("walled_client", "framing", "relay"))


class Workers(msgspec.Struct, frozen=True, tag="workers"):
    """The workers, by address, each with its number of threads."""

    threads: dict[str, int]


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    """What a worker answered to a job: text that ought to be JSON."""

    key: str
    reply: str


class Lost(msgspec.Struct, frozen=True, tag="lost"):
    """A job without an answer."""

    key: str
    why: Literal["killed", "gone", "unreadable", "failed"]
    text: str = ""


class Unreachable(msgspec.Struct, frozen=True, tag="unreachable"):
    """The client could not connect to the scheduler."""

    text: str


Event = Workers | Reply | Lost | Unreachable
_DECODER = msgspec.json.Decoder(Event)


class ClientGone(Exception):
    """The client has ended, does not read its input, or sends something that no client sends."""


class ClientProcess:
    """Dask's client in a sandbox.

    Raises
    ------
    SandboxUnavailable
        When there is no bubblewrap.
    OSError
        When it does not start, or nobody answers at the address.
    """

    def __init__(self, address: SchedulerAddress, timeout: float) -> None:
        # Tried from here, where a wrong address shows at once.
        socket.create_connection((address.host, address.port), timeout=timeout).close()
        self._folder = tempfile.TemporaryDirectory(prefix="coursenn-client-")
        self._connection = Connection(Path(self._folder.name) / "connection", address.host, address.port)
        self._frames = FrameBuffer()
        try:
            self._process = _start(address, self._connection.path)
        except BaseException:
            self._connection.close()
            self._folder.cleanup()
            raise
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)

    def send(self, key: str, head: str, archive: bytes, workers: Collection[str]) -> None:
        """Have one submission graded, by one of these workers or, if none is named, by any; ``ClientGone`` if the client is gone."""
        self._write(json.dumps({"op": "send", "key": key, "head": head, "workers": sorted(workers)}).encode())
        self._write(archive)

    def take_back(self, key: str) -> None:
        """Cancel the grading of a submission."""
        self._write(json.dumps({"op": "cancel", "key": key}).encode())

    def _write(self, content: bytes) -> None:
        data = memoryview(HEAD.pack(len(content)) + content)
        try:
            while data:
                if not select.select([], [self._in], [], WRITE_S)[1]:
                    raise ClientGone
                data = data[os.write(self._in.fileno(), data[:PIECE]) :]
        except OSError as error:
            raise ClientGone from error

    def events(self, timeout: float) -> list[Event]:
        """What it has sent, after waiting at most ``timeout`` seconds for something.

        Raises
        ------
        ClientGone
            When it has ended, or sends something that is not an event.
        """
        found: list[Event] = []
        until = time.monotonic() + timeout
        # A frame may arrive in many pieces; once there is a whole one, it is handled.
        while not found and select.select([self._out], [], [], max(until - time.monotonic(), 0.0))[0]:
            piece = os.read(self._out.fileno(), PIECE)
            if not piece:
                raise ClientGone
            found += self._decoded(piece)
        return found

    def _decoded(self, piece: bytes) -> list[Event]:
        try:
            return [_DECODER.decode(frame) for frame in self._frames.frames(piece)]
        except (FrameError, msgspec.DecodeError, RecursionError) as error:
            raise ClientGone from error

    def close(self) -> None:
        """End the client and its connection."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
        self._connection.close()
        self._folder.cleanup()


def _start(address: SchedulerAddress, connection: Path) -> subprocess.Popen[bytes]:
    certificates = zip((address.ca, address.cert, address.key), walled_client.CERTIFICATES.values(), strict=True)
    with program_file(threads_filter()) as seccomp:
        command = walled_command(
            environment={**ONE_THREAD, "LANG": "C.UTF-8", "HOME": "/tmp", "LD_LIBRARY_PATH": package_library_path(DISTRIBUTIONS)},
            tmpfs={"/tmp": TMPFS_BYTES},
            read_only=[
                *package_mounts(DISTRIBUTIONS),
                *((str(REPOSITORY / file), f"{_INSIDE}/{file}") for file in _FILES),
                *((str(path.resolve()), inside) for path, inside in certificates if path is not None),
                (str(connection), walled_client.CONNECTION),
            ],
            descriptors={"--seccomp": seccomp},
        )
        start = f"from autograder.runs.walled_client import main; main({address.protocol!r}, {MEMORY_BYTES})"
        return subprocess.Popen(
            [*command, interpreter(), "-I", "-S", "-B", "-c", f"import sys; sys.path += ['{_INSIDE}', '/packages']; {start}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            pass_fds=() if seccomp is None else (seccomp,),
            bufsize=0,
            # Ctrl-C in a terminal is for the process that started it, which may want to keep results that still arrive.
            start_new_session=True,
        )
