"""Entry point inside the sandbox: answers requests on one socket and forks on demand.

The process that starts imports numpy once. It forks *templates*, which load the student's modules, and templates fork
one process per check, each with a socket of its own that arrives over the parent's.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import signal
import socket
import sys
from typing import Any

import numpy as np

from .executor import Executor, Refusal, error_reply
from .loader import PACKAGE, Package
from .protocol import Reply, pack_reply, read_request


class Server:
    """One process of the sandbox."""

    def __init__(self, sock: socket.socket, groups: bool) -> None:
        self.sock = sock
        self.groups = groups
        """Whether each process has a group of its own. Without a pid namespace all stay in one, which can be killed at once."""
        self.package: Package | None = None
        self.executor = Executor(self._unconfigured)

    def run(self) -> None:
        """Answer until the other side closes."""
        while True:
            header, arrays = read_request(self.sock)
            own = getattr(self, "on_" + header["op"], None)
            try:
                reply = own(header) if own else self.executor.handle(header, arrays)
                data = pack_reply(reply)
            except (EOFError, OSError):
                raise
            except BaseException as error:
                data = pack_reply(error_reply(error))
            self.sock.sendall(data)

    def on_fork(self, header: dict[str, Any]) -> Reply:
        """Fork; the child goes on with the socket that follows the request."""
        _, descriptors, _, _ = socket.recv_fds(self.sock, 1, 1)
        pid = os.fork()
        if pid:
            os.close(descriptors[0])
            return Reply("I", pid)
        self.sock.close()
        self.sock = socket.socket(fileno=descriptors[0])
        if self.groups:
            os.setpgid(0, 0)
        limit(resource.RLIMIT_CPU, header["cpu_s"], header["cpu_s"] + 1)
        return Reply("N")

    def on_reap(self, header: dict[str, Any]) -> Reply:
        """End a child; how it ended, and its CPU time in microseconds."""
        for kill in (os.killpg, os.kill) if self.groups else (os.kill,):
            with contextlib.suppress(OSError):
                kill(header["pid"], signal.SIGKILL)
        status, usage = 0, None
        with contextlib.suppress(OSError):
            _, status, usage = os.wait4(header["pid"], 0)
        cpu = int(1e6 * (usage.ru_utime + usage.ru_stime)) if usage else 0
        return Reply("A", np.array([status, cpu], dtype=np.int64))

    def on_load(self, header: dict[str, Any]) -> Reply:
        """Load modules of the package; how many notes there are."""
        self.package = Package(header["root"], header["editable"], header["absent"], header["rebind"])
        sys.meta_path.insert(0, self.package)
        self.executor = Executor(self.package.resolve, self.package.files)
        for name in header["modules"]:
            importlib.import_module(f"{PACKAGE}.{name}")
        gc.collect()
        gc.freeze()
        return Reply("L", len(self.package.notes))

    def on_note(self, header: dict[str, Any]) -> Reply:
        """One note of the loader."""
        notes = self.package.notes if self.package else []
        if not 0 <= header["index"] < len(notes):
            return Reply("Z")
        file, line, error = notes[header["index"]]
        reply = error_reply(error)
        return Reply("E", code=reply.code, file=file, line=line, text=reply.text)

    @staticmethod
    def _unconfigured(target: str) -> Any:
        raise Refusal("Missing", target)


def limit(which: int, soft: int, hard: int) -> None:
    """Lower a limit, never above what is allowed already."""
    _, ceiling = resource.getrlimit(which)
    hard = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
    # Some systems without a sandbox (macOS) refuse a limit of address space; there only one's own code runs.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (min(soft, hard), hard))


def quiet() -> None:
    """Student code reads nothing from and writes nothing to the descriptors it finds."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def main(descriptor: int, limits: dict[str, int]) -> None:
    """Serve on an inherited socket under the given limits."""
    limit(resource.RLIMIT_AS, limits["memory"], limits["memory"])
    limit(resource.RLIMIT_FSIZE, limits["file"], limits["file"])
    limit(resource.RLIMIT_NOFILE, limits["files"], limits["files"])
    limit(resource.RLIMIT_CORE, 0, 0)
    quiet()
    # Whatever the wall left open is not for student code.
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, limits["files"] + descriptor)
    sock = socket.socket(fileno=descriptor)
    gc.collect()
    gc.freeze()
    with contextlib.suppress(EOFError, OSError):
        Server(sock, bool(limits["groups"])).run()
    os._exit(0)
