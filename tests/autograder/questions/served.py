"""The application in a process of its own, which tests ask, kill and start again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

from autograder.workspace.workspace import Workspace

TOKEN = "of-the-instructor"


class Served:
    """One process of `autograder questions`.

    Parameters
    ----------
    port : 0 for any free port; the same port again after a kill.
    """

    def __init__(self, workspace: Workspace, assignment: str, port: int = 0) -> None:
        self._command = [sys.executable, "-m", "autograder", "questions", assignment, "--workspace", str(workspace.root), "--no-browser"]
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COURSENN_QUESTIONS_TOKEN": TOKEN}
        self.port = port
        self.start()

    @property
    def address(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [*self._command, "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://127.0.0.1:" in line, line
        self.port = int(line.partition("http://127.0.0.1:")[2].partition("/")[0])

    def kill(self) -> None:
        """End it without a warning, as a power failure does."""
        self.process.kill()
        self.process.wait(20)
        self._close()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self._close()

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def served(workspace: Workspace, assignment: str) -> Iterator[Served]:
    """The application, stopped at the end."""
    application = Served(workspace, assignment)
    try:
        yield application
    finally:
        if application.process.poll() is None:
            application.stop()


def ask(application: Served, path: str, body: object = None, token: str | None = TOKEN, **headers: str) -> Any:
    """Send a request and return the reply: an object from JSON, or text."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"X-Questions": "1", **({"Authorization": f"token {token}"} if token else {}), **headers}
    request = urllib.request.Request(f"{application.address}/{path}", data, headers=sent)
    with urllib.request.urlopen(request, timeout=60) as reply:
        text = reply.read().decode()
        return json.loads(text) if reply.headers["Content-Type"].startswith("application/json") else text
