"""The processes that execute notebooks, so that all of them can be ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator


class NotebookProcesses:
    """The processes at work."""

    def __init__(self) -> None:
        self._pids: set[int] = set()
        self.ended = False
        """Whether all of them were ended from outside."""

    @contextlib.contextmanager
    def start(self, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        """A process in a session of its own, which is ended with everything that it started."""
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, start_new_session=True, **quiet)  # type: ignore[call-overload]
        self._pids.add(process.pid)
        try:
            if self.ended:
                # It was started while all others were being ended.
                _kill_session(process.pid)
            yield process
        finally:
            # The sandbox ends with the process that began it, and everything inside with the sandbox.
            _kill_session(process.pid)
            process.wait()
            self._pids.discard(process.pid)

    def end(self) -> None:
        """End all of them, and those that are started from now on."""
        self.ended = True
        for pid in list(self._pids):
            _kill_session(pid)


def _kill_session(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
