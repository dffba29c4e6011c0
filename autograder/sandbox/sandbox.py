"""The sandbox for student code: bubblewrap with an empty root.

Inside are the interpreter, numpy, the worker, the submission's package and models, and nothing else: separate user, pid,
ipc, network and mount namespaces, no capabilities, a cleared environment, a small private tmpfs.
"""

from __future__ import annotations

import compileall
import contextlib
import functools
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from autograder.sandbox.bubblewrap import CURE_FORBIDDEN, CURE_MISSING, SandboxUnavailable, bubblewrap, walled_command
from autograder.sandbox.cgroups import new_group
from autograder.sandbox.cpu_time import tree_cpu_s
from autograder.sandbox.interpreter import interpreter, library_folders, numpy_folders
from autograder.sandbox.limits import DEFAULT_LIMITS, Limits
from autograder.sandbox.seccomp import check_filter, sandbox_filter_file
from autograder.sandbox.wire import Channel
from autograder.startup import ONE_THREAD

WORKER = Path(__file__).resolve().parent / "worker"
START_S, END_S = 10, 60
"""The most seconds that the kernel may take to report a new process, and to end one that is killed."""
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "268435456", "MALLOC_MMAP_THRESHOLD_": "134217728", "MALLOC_TOP_PAD_": "4194304"}
"""Settings of the C library, in bytes: a process keeps the memory of freed arrays for the next ones. Getting it from the system again,
page by page, takes a fifth of a check's processor time. This does not change the limit on a process's memory."""
START = (
    # Numpy's modules with the docstrings of C functions take a tenth of its import, and nobody reads them here.
    "import sys; sys.modules.update({{f'numpy._core.{{m}}': type(sys)(m) for m in ('_add_newdocs', '_add_newdocs_scalars')}}); "
    # What libraries do after a fork is not needed here, and costs every check half a millisecond.
    "import gc; gc.disable(); import os, json; keep = os.register_at_fork; os.register_at_fork = lambda **_: None; "
    "sys.path[:0] = {paths!r}; import numpy, numpy.random, numpy.typing, coursenn_worker.serve as s; "
    "os.register_at_fork = keep; del keep; sys.path.remove({first!r}); s.main({descriptor}, json.loads({limits!r}))"
)


def _end(pid: int, stack: contextlib.ExitStack) -> int | None:
    """Return a descriptor that can be read once a process has ended; None if the system has none, or the process is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
    stack.callback(os.close, descriptor)
    return descriptor


def named_process(info: int) -> int | None:
    """The process that bubblewrap reports as the first in its namespace; None if it has not reported yet.

    The report arrives in pieces: one that has begun is read to its end.
    """
    report = b""
    while not report.endswith(b"}\n") and select.select([info], [], [], START_S if report else 0)[0]:
        piece = os.read(info, 4096)
        if not piece:
            break
        report += piece
    named = re.search(rb'"child-pid":\s*([0-9]+)\b', report)
    return int(named[1]) if named else None


@dataclass(frozen=True)
class Mounts:
    """The parts of a submission that its sandbox sees: paths on the host and inside."""

    package: Path
    models: Path | None = None


class Sandbox:
    """One started sandbox. ``channel`` leads to the process that forks the others; `close` ends everything."""

    def __init__(self, mounts: Mounts, limits: Limits = DEFAULT_LIMITS, *, unsafe: bool = False) -> None:
        self.mounts, self.unsafe = mounts, unsafe
        self.closed = False
        self.cpu_s = 0.0
        """Processor time of everything inside, available after it is closed."""
        ours, theirs = socket.socketpair()
        self._links: tempfile.TemporaryDirectory[str] | None = None
        self._info, tell = os.pipe()
        self.group = None if unsafe else new_group(limits)
        # If there is a group, nothing starts before it is in the group.
        wait, go = os.pipe() if self.group else (None, None)
        try:
            with sandbox_filter_file() if not unsafe else contextlib.nullcontext(None) as seccomp:
                descriptors = {"--info-fd": tell, "--seccomp": seccomp, "--block-fd": wait}
                command = self._plain(theirs, limits) if unsafe else self._wrapped(theirs, limits, descriptors)
                self.process = subprocess.Popen(
                    command,
                    pass_fds=[fd for fd in (theirs.fileno(), tell, seccomp, wait) if fd is not None],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment() if unsafe else {},
                    start_new_session=True,
                    cwd="/",
                )
        except OSError as error:
            ours.close()
            os.close(self._info)
            if self.group:
                self.group.close()
            raise SandboxUnavailable(f"the sandbox does not start: {error}") from error
        finally:
            theirs.close()
            os.close(tell)
            if wait is not None:
                os.close(wait)
            if go is not None:
                self._enter_group(go)
        self.channel = Channel(ours)

    def _enter_group(self, go: int) -> None:
        """Put everything into the group and let it start; go on without the group if the kernel refuses."""
        try:
            if self.group and hasattr(self, "process"):
                select.select([self._info], [], [], START_S)
                for pid in (self.process.pid, self.first_process):
                    if pid:
                        self.group.add(pid)
        except OSError:
            if self.group:
                self.group.close()
            self.group = None
        finally:
            with contextlib.suppress(OSError):
                os.write(go, b"x")
            os.close(go)

    def out_of_memory(self) -> bool:
        """Whether the kernel has ended a process inside because all of them together needed too much memory."""
        return self.group is not None and self.group.out_of_memory()

    def used_s(self) -> float:
        """Processor time of everything inside so far."""
        return tree_cpu_s(self.process.pid)

    def inside(self, part: str) -> str:
        """Where the process inside finds ``package`` or ``models``."""
        if not self.unsafe:
            return {"package": "/submission/coursenn", "models": "/submission/models"}[part]
        return str(self.mounts.package if part == "package" else self.mounts.models)

    def close(self) -> None:
        """Kill everything inside, before this returns."""
        if self.closed:
            return
        self.closed = True
        # Before the wire is closed: the processes inside end with it, and the times that they used are lost.
        self.cpu_s = tree_cpu_s(self.process.pid)
        self.channel.close()
        first = self.first_process
        with contextlib.ExitStack() as stack:
            ends = [_end(pid, stack) for pid in (first, self.process.pid) if pid]
            with contextlib.suppress(OSError):
                # The first process of a pid namespace ends all others with it, and bubblewrap ends only after them.
                os.kill(first, signal.SIGKILL) if first else os.killpg(self.process.pid, signal.SIGKILL)
            # A busy kernel takes seconds to end the first process. Bubblewrap is not killed before that, or nobody would wait for it.
            for end in filter(None, ends):
                select.select([end], [], [], END_S)
        self.process.kill()
        self.process.wait()
        os.close(self._info)
        if self.group:
            self.group.close()
        if self._links:
            self._links.cleanup()

    @functools.cached_property
    def first_process(self) -> int | None:
        """Process 1 of the sandbox as this side sees it."""
        return None if self.unsafe else named_process(self._info)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _start(self, interpreter: str, root: str, scratch: str, theirs: socket.socket, limits: Limits) -> list[str]:
        inside = {
            "memory": limits.memory_bytes,
            "file": limits.file_bytes,
            "files": limits.open_files,
            "filter": (check_filter() or b"").hex(),
            "scratch": scratch,
            "alone": not self.unsafe,
        }
        compile_worker()
        worker, packages = f"{root}/worker", f"{root}/packages"
        code = START.format(paths=[worker, packages], first=worker, descriptor=theirs.fileno(), limits=json.dumps(inside))
        return [interpreter, "-I", "-S", "-B", "-c", code]

    def _plain(self, theirs: socket.socket, limits: Limits) -> list[str]:
        # The same folder names as inside the sandbox: a package coursenn_worker, and a folder with only numpy.
        self._links = tempfile.TemporaryDirectory(prefix="coursenn-plain-")
        root = Path(self._links.name)
        (root / "worker").mkdir()
        (root / "packages").mkdir()
        (root / "scratch").mkdir()
        (root / "worker" / "coursenn_worker").symlink_to(WORKER)
        for source, name in numpy_folders():
            (root / "packages" / name).symlink_to(source)
        return self._start(sys.executable, str(root), str(root / "scratch"), theirs, limits)

    def _wrapped(self, theirs: socket.socket, limits: Limits, descriptors: Mapping[str, int | None]) -> list[str]:
        mounts = [(str(WORKER), "/worker/coursenn_worker"), (str(self.mounts.package), "/submission/coursenn")]
        if self.mounts.models:
            mounts.append((str(self.mounts.models), "/submission/models"))
        wall = walled_command(
            environment={**_environment(), "LD_LIBRARY_PATH": ":".join(library_folders())},
            tmpfs={"/tmp": limits.tmpfs_bytes},
            read_only=mounts,
            descriptors=descriptors,
        )
        return [*wall, *self._start(interpreter(), "", "/tmp", theirs, limits)]


@functools.cache
def compile_worker() -> None:
    """Write the worker's compiled code next to its sources; otherwise every sandbox, being read-only, would compile it again."""
    compileall.compile_dir(WORKER, quiet=2)


def _environment() -> dict[str, str]:
    places = {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "HOME": "/tmp", "TMPDIR": "/tmp", "PATH": "/nowhere"}
    return {**places, **ONE_THREAD, **KEEP_MEMORY}


def missing() -> str | None:
    """None if this machine has what a sandbox needs to start, else what to do; whether it works is known once it answers."""
    return CURE_MISSING if not sys.platform.startswith("linux") or bubblewrap() is None else None


@functools.cache
def problem() -> str | None:
    """None if the sandbox works on this machine, else what to do."""
    if found := missing():
        return found
    with tempfile.TemporaryDirectory() as empty:
        try:
            with Sandbox(Mounts(package=Path(empty))) as sandbox:
                sandbox.channel.request({"op": "seed", "value": 0}, deadline=time.monotonic() + 30)
        except Exception:
            return CURE_FORBIDDEN
    return None
