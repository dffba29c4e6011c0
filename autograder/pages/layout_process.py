"""Controls the process that lays out cells: it is started when it is first needed, and again when it does not answer."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from autograder.pages.layout import Kind
from autograder.pages.sanitize import Attachments

WORKER = "autograder.pages.layout_worker"
START_S = 60.0
WALL_PER_CPU = 20.0
"""How much longer than its processor time a cell may take on a busy machine before the process is ended."""


@dataclass(frozen=True)
class LaidOut:
    """The outcome for one cell."""

    html: str | None
    """None if its text takes too long or cannot be laid out."""
    seconds: float
    """Seconds of processor time."""


class LayoutProcess:
    """A process that lays out one cell after the other."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def lay_out(self, kind: Kind, source: str, attachments: Attachments, seconds: float) -> LaidOut:
        """Lay out one cell within some seconds of processor time; this always returns."""
        request = json.dumps({"kind": kind, "source": source, "attachments": attachments, "seconds": seconds}).encode() + b"\n"
        with self._lock:
            try:
                reply = self._exchange(request, START_S + seconds * WALL_PER_CPU)
                return LaidOut(reply["html"], reply["seconds"])
            except (OSError, ValueError, EOFError, TimeoutError):
                self.close()
                return LaidOut(None, seconds)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _exchange(self, request: bytes, wall_s: float) -> dict[str, Any]:
        if self._process is None or self._owner != os.getpid():
            # -P, so that nothing in the folder of a class is ever imported.
            command = [sys.executable, "-P", "-m", WORKER]
            self._owner = os.getpid()
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(request)
        self._process.stdin.flush()
        until, reply, descriptor = time.monotonic() + wall_s, bytearray(), self._process.stdout.fileno()
        while not reply.endswith(b"\n"):
            if not select.select([descriptor], [], [], max(until - time.monotonic(), 0.0))[0]:
                raise TimeoutError
            piece = os.read(descriptor, 1 << 20)
            if not piece:
                raise EOFError
            reply += piece
        found: dict[str, Any] = json.loads(reply)
        return found
