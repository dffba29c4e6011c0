"""Entry point inside the sandbox: answers requests on one socket and forks on demand.

The first process imports numpy once. It forks one that compiles the student's files, which forks one for each set of
given modules that a task may use, which forks those that run checks. Only the last ones run student code, and they may
start neither processes nor threads. Each has its own socket, which it gets through its parent's.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import marshal
import os
import resource
import shutil
import signal
import socket
import sys
from types import CodeType
from typing import Any

import numpy as np

from .compiled import CompiledFile, compile_file
from .contain import Filter, contain, cpu_limit, limit, to_null
from .executor import Executor, Refusal, error_reply
from .loader import PACKAGE, Package
from .protocol import READ_AHEAD, Reply, pack_reply, read_requests

MOST_KEPT = 1 << 16
MAX_LEFT_FILES = 1000
FOLDER_MODE = 0o755


class Buffered(socket.SocketIO):
    """Reads ahead, for a process that is sent no descriptors, and holds replies until it must wait for more requests.

    The other side reads them after it has sent all its requests, so sending each reply at once would wake it up for nothing.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock, "rw")
        self._wire = sock
        self.recv_into = io.BufferedReader(self, READ_AHEAD).readinto
        self._kept = bytearray()

    def readinto(self, buffer: Any) -> int | None:
        """Wait for requests, after all replies have been sent."""
        self.send()
        return super().readinto(buffer)

    def sendall(self, data: bytes) -> None:
        """Hold a reply, or send the replies held so far if there are enough."""
        self._kept += data
        if len(self._kept) > MOST_KEPT:
            self.send()

    def send(self) -> None:
        """Send the replies held so far."""
        kept, self._kept = self._kept, bytearray()
        if kept:
            self._wire.sendall(kept)


class Server:
    """One process in the sandbox.

    Parameters
    ----------
    sock : where requests come from.
    alone : whether it has its own namespaces. Then every check has a process group.
    filter_ : the filter that keeps a check from starting processes.
    scratch : the folder in which student code may write.
    """

    def __init__(self, sock: socket.socket, alone: bool, filter_: Filter, scratch: Scratch) -> None:
        self.sock, self.alone, self.filter, self.scratch = sock, alone, filter_, scratch
        self.source: Any = sock
        self.compiled: dict[str, CompiledFile] = {}
        self.given: dict[str, CodeType] = {}
        self.rebind: dict[str, tuple[CodeType, list[str]]] = {}
        self.package: Package | None = None
        self.executor = Executor(self._unconfigured)

    def run(self) -> None:
        """Answer requests until the other side closes the socket."""
        while True:
            for header, arrays in read_requests(self.source):
                own = getattr(self, "on_" + header["op"], None)
                for reply in [self._own(own, header, arrays)] if own else self.executor.handle_all(header, arrays):
                    self.source.sendall(_packed(reply))

    @staticmethod
    def _own(operation: Any, header: dict[str, Any], arrays: list[Any]) -> Reply:
        try:
            reply: Reply = operation(header, arrays)
            return reply
        except (EOFError, OSError):
            raise
        except BaseException as error:
            return error_reply(error)

    def on_fork(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Fork; the child goes on with the socket that follows the request, as a check if there is something to load."""
        _, descriptors, _, _ = socket.recv_fds(self.sock, 1, 1)
        pid = os.fork()
        if pid:
            os.close(descriptors[0])
            return Reply("I", pid)
        self.sock.close()
        self.source = self.sock = socket.socket(fileno=descriptors[0])
        if self.alone:
            os.setpgid(0, 0)
        cpu_limit(header["cpu_s"])
        if "load" not in header:
            return Reply("N")
        self.source = Buffered(self.sock)
        # Switched off until now: a collection would touch, and so copy, pages that all processes share.
        gc.enable()
        try:
            contain(self.filter, self.scratch.folder)
        except BaseException:
            # Student code runs only in a contained process.
            os._exit(1)
        return self._load(header["load"])

    def _load(self, load: dict[str, Any]) -> Reply:
        """Run the student's modules; return the number of notes."""
        package = self._package(load["root"], load["editable"], load["absent"])
        package.public = load["public"]
        package.skipped = {(file, line) for file, line in load["skipped"]}
        package.statement_cpu_s = load["statement_cpu_s"]
        self.executor = Executor(package.resolve, package.files)
        for name in load["modules"]:
            importlib.import_module(f"{PACKAGE}.{name}")
        return Reply("L", len(package.notes))

    def _package(self, root: str, editable: list[str], absent: list[str]) -> Package:
        if self.package in sys.meta_path:
            sys.meta_path.remove(self.package)
        self.package = Package(root, editable, absent, self.rebind, compiled=self.compiled, given=self.given)
        sys.meta_path.insert(0, self.package)
        return self.package

    def on_compile(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Compile one editable file, or note that this is impossible."""
        name = header["file"]
        if header["problem"]:
            self.compiled[name] = CompiledFile(broken=[(1, header["problem"], "")])
        else:
            self.compiled[name] = compile_file(os.path.join(header["root"], name), header["hidden"])
        return Reply("N")

    def on_prepare(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """Become the parent of checks: receive code that has no file here, and import given modules.

        The arrays hold that code, as `marshal` writes it: first of given modules that these checks may use and others may not, then of
        the reference, for a second run.
        """
        self.filter.adopt_orphans()
        codes = [marshal.loads(data.tobytes()) for data in arrays]
        self.given = dict(zip(header["code"], codes, strict=False))
        for (module, names), code in zip(header["rebind"], codes[len(self.given) :], strict=True):
            self.rebind[module] = (code, names)
        # Every editable file is absent here: a given module that needs one is imported by the check and not by its parent.
        editable = [name.removesuffix(".py").replace("/", ".") for name in header["editable"]]
        self._package(header["root"], header["editable"], [*header["absent"], *editable])
        for name in header["given"]:
            with contextlib.suppress(ImportError):
                importlib.import_module(f"{PACKAGE}.{name}" if name else PACKAGE)
        gc.freeze()
        return Reply("N")

    def on_reap(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
        """End a child; return its status, its processor time in microseconds, whether it left processes, and whether it filled /tmp."""
        for kill in (os.killpg, os.kill) if self.alone else (os.kill,):
            with contextlib.suppress(OSError):
                kill(header["pid"], signal.SIGKILL)
        status, usage = 0, None
        with contextlib.suppress(OSError):
            _, status, usage = os.wait4(header["pid"], 0)
        cpu = int(1e6 * (usage.ru_utime + usage.ru_stime)) if usage else 0
        return Reply("A", np.array([status, cpu, self._leftovers(), self.scratch.sweep()], dtype=np.int64))

    @staticmethod
    def _leftovers() -> bool:
        """Whether the child had children, including those that died with it."""
        found = False
        with contextlib.suppress(OSError):
            while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG):
                found = True
            return True
        return found

    def on_note(self, header: dict[str, Any], arrays: list[Any]) -> Reply:
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


def _packed(reply: Reply) -> bytes:
    """A reply as bytes, or the error that it leads to."""
    try:
        return pack_reply(reply)
    except BaseException as error:
        return pack_reply(error_reply(error))


class Scratch:
    """The only folder that student code may write to.

    Parameters
    ----------
    folder : its path.
    own : whether it is a separate file system; if not, nothing is counted or removed.
    """

    def __init__(self, folder: str, own: bool) -> None:
        self.folder, self.own = folder, own
        self.files = self._used() if own else 0

    def _used(self) -> int:
        space = os.statvfs(self.folder)
        return space.f_files - space.f_ffree

    def sweep(self) -> bool:
        """Remove what a check left there; return whether it was too much."""
        if not self.own:
            return False
        # The student also owns the folder: its mode and times could carry a message to the next check.
        os.chmod(self.folder, FOLDER_MODE)
        if self._used() == self.files:
            os.utime(self.folder, (0, 0))
            return False
        full = os.statvfs(self.folder).f_bavail == 0
        if self._used() - self.files > MAX_LEFT_FILES:
            return True
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    os.remove(path)
        os.utime(self.folder, (0, 0))
        return full or self._used() != self.files


def main(descriptor: int, limits: dict[str, Any]) -> None:
    """Serve on an inherited socket under the given limits."""
    limit(resource.RLIMIT_AS, limits["memory"], limits["memory"])
    limit(resource.RLIMIT_FSIZE, limits["file"], limits["file"])
    limit(resource.RLIMIT_NOFILE, limits["files"], limits["files"])
    limit(resource.RLIMIT_CORE, 0, 0)
    to_null()
    # Descriptors that are still open are not for student code.
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, limits["files"] + descriptor)
    sock = socket.socket(fileno=descriptor)
    filter_ = Filter(bytes.fromhex(limits["filter"]))
    if limits["alone"]:
        filter_.close_to_others()
    server = Server(sock, limits["alone"], filter_, Scratch(limits["scratch"], limits["alone"]))
    gc.freeze()
    with contextlib.suppress(EOFError, OSError):
        server.run()
    os._exit(0)
