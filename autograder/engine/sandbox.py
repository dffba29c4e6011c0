"""The wall around student code: bubblewrap with an empty root.

Inside are the interpreter, numpy, the worker, the submission's package and models, and nothing else: own user, pid,
ipc, network and mount namespaces, no capabilities, a cleared environment, a small private tmpfs.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy

from autograder.engine.limits import DEFAULT, Limits
from autograder.engine.wire import Channel

WORKER = Path(__file__).resolve().parent / "worker"
SYSTEM_CALLS_REFUSED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "keyctl", "add_key", "request_key", "bpf", "perf_event_open",
    "userfaultfd", "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig", "fsmount", "move_mount",
    "open_tree", "mount_setattr", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "open_by_handle_at", "name_to_handle_at", "io_uring_setup", "io_uring_enter", "io_uring_register", "swapon", "swapoff",
    "reboot", "acct", "quotactl", "syslog", "personality", "socket", "socketpair", "connect", "bind", "listen",
)  # fmt: skip
NOT_FOR_ARITHMETIC = ("_tkinter", "_curses", "readline", "nis", "_dbm", "_gdbm", "_crypt", "ossaudiodev")
"""Extension modules whose libraries (windows, terminals, name services) stay outside."""
START = (
    "import sys, json; sys.path[:0] = {paths!r}; import numpy, numpy.random, coursenn_worker.serve as s; "
    "sys.path.remove({first!r}); s.main({descriptor}, json.loads({limits!r}))"
)


class SandboxUnavailable(RuntimeError):
    """Student code will not be run on this machine; the message gives the cure."""


@dataclass(frozen=True)
class Mounts:
    """What a submission's sandbox sees of it: host paths, and where the sandbox has them."""

    package: Path
    models: Path | None = None
    reference: tuple[tuple[Path, str], ...] = ()
    """Files of the reference, for the second run only, each with its name inside."""


class Sandbox:
    """One started sandbox. ``channel`` leads to the process that forks the others; `close` ends everything."""

    def __init__(self, mounts: Mounts, limits: Limits = DEFAULT, *, unsafe: bool = False) -> None:
        self.mounts, self.unsafe = mounts, unsafe
        self.closed = False
        ours, theirs = socket.socketpair()
        self._links: tempfile.TemporaryDirectory[str] | None = None
        self._info, tell = os.pipe()
        try:
            with _filter_file() if not unsafe else contextlib.nullcontext(None) as seccomp:
                command = self._plain(theirs, limits) if unsafe else self._wrapped(theirs, limits, seccomp, tell)
                self.process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno(), tell, *([seccomp] if seccomp is not None else [])],
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
            raise SandboxUnavailable(f"the sandbox does not start: {error}") from error
        finally:
            theirs.close()
            os.close(tell)
        self.channel = Channel(ours)

    def inside(self, part: str) -> str:
        """Where the process inside finds ``package``, ``models`` or a file of the reference."""
        if not self.unsafe:
            return {"package": "/submission/coursenn", "models": "/submission/models"}.get(part, f"/reference/{part}")
        if part == "package":
            return str(self.mounts.package)
        if part == "models":
            return str(self.mounts.models)
        return str(next(path for path, name in self.mounts.reference if name == part))

    def close(self) -> None:
        """Kill everything inside; done when this returns."""
        if self.closed:
            return
        self.closed = True
        self.channel.close()
        first = self.first_process
        with contextlib.suppress(OSError):
            # The first process of a pid namespace takes all others with it, and bubblewrap ends only after them.
            os.kill(first, signal.SIGKILL) if first else os.killpg(self.process.pid, signal.SIGKILL)
        # Waiting on a descriptor costs no polling interval; a process that ignores all this is killed by itself.
        watch = os.pidfd_open(self.process.pid) if hasattr(os, "pidfd_open") else None
        if watch is not None:
            select.select([watch], [], [], 10)
            os.close(watch)
        self.process.kill()
        self.process.wait()
        os.close(self._info)
        if self._links:
            self._links.cleanup()

    @functools.cached_property
    def first_process(self) -> int | None:
        """Process 1 of the sandbox as this side sees it."""
        if self.unsafe or not select.select([self._info], [], [], 0)[0]:
            return None
        try:
            return int(json.loads(os.read(self._info, 4096))["child-pid"])
        except (ValueError, KeyError, TypeError, OSError):
            return None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _start(self, interpreter: str, worker: str, packages: str, theirs: socket.socket, limits: Limits) -> list[str]:
        numbers = {"memory": limits.memory_bytes, "file": limits.file_bytes, "files": limits.open_files, "groups": int(not self.unsafe)}
        code = START.format(paths=[worker, packages], first=worker, descriptor=theirs.fileno(), limits=json.dumps(numbers))
        return [interpreter, "-I", "-S", "-B", "-c", code]

    def _plain(self, theirs: socket.socket, limits: Limits) -> list[str]:
        # The same folder names as inside the wall: a package coursenn_worker, and numpy beside nothing else.
        self._links = tempfile.TemporaryDirectory(prefix="coursenn-plain-")
        root = Path(self._links.name)
        (root / "worker").mkdir()
        (root / "packages").mkdir()
        (root / "worker" / "coursenn_worker").symlink_to(WORKER)
        for source, name in _numpy_folders():
            (root / "packages" / name).symlink_to(source)
        return self._start(sys.executable, str(root / "worker"), str(root / "packages"), theirs, limits)

    def _wrapped(self, theirs: socket.socket, limits: Limits, seccomp: int | None, tell: int) -> list[str]:
        bwrap = bubblewrap()
        if bwrap is None:
            raise SandboxUnavailable(CURE_MISSING)
        command = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
        command += ["--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--info-fd", str(tell)]
        for name, value in {**_environment(), "LD_LIBRARY_PATH": ":".join(library_folders())}.items():
            command += ["--setenv", name, value]
        # First, because an interpreter may live below /tmp too.
        command += [*_size(limits.tmpfs_bytes), "--tmpfs", "/tmp"]
        for source, target in interpreter_mounts():
            command += ["--ro-bind", source, target]
        for folder in hidden_folders():
            command += ["--tmpfs", folder, "--remount-ro", folder]
        command += ["--ro-bind", str(WORKER), "/worker/coursenn_worker", "--ro-bind", str(self.mounts.package), "/submission/coursenn"]
        if self.mounts.models:
            command += ["--ro-bind", str(self.mounts.models), "/submission/models"]
        for path, name in self.mounts.reference:
            command += ["--ro-bind", str(path), f"/reference/{name}"]
        command += ["--dev-bind", "/dev/null", "/dev/null", "--remount-ro", "/", "--chdir", "/tmp"]
        if seccomp is not None:
            command += ["--seccomp", str(seccomp)]
        return [*command, "--", *self._start(interpreter(), "/worker", "/packages", theirs, limits)]


def _environment() -> dict[str, str]:
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "BLIS")}
    return {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "HOME": "/tmp", "TMPDIR": "/tmp", "PATH": "/nowhere", **threads}


def bubblewrap() -> str | None:
    """The bwrap program, if there is one."""
    return shutil.which("bwrap", path=os.environ.get("PATH", "") + ":/usr/bin:/usr/local/bin:/bin")


def interpreter() -> str:
    """The real interpreter below any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable)


def _numpy_folders() -> list[tuple[str, str]]:
    package = Path(numpy.__file__).resolve().parent
    libraries = package.parent / "numpy.libs"
    return [(str(package), "numpy"), *([(str(libraries), "numpy.libs")] if libraries.is_dir() else [])]


def _standard_library() -> list[str]:
    names = {sysconfig.get_path("stdlib", vars=_base()), sysconfig.get_path("platstdlib", vars=_base())}
    return sorted({os.path.realpath(n) for n in names if n})


def _base() -> dict[str, str]:
    return {"base": sys.base_prefix, "platbase": sys.base_exec_prefix, "installed_base": sys.base_prefix}


def hidden_folders() -> list[str]:
    """Folders below the standard library that hold other people's packages."""
    candidates = (Path(lib) / name for lib in _standard_library() for name in ("site-packages", "dist-packages", "test", "idlelib"))
    return [str(p) for p in candidates if p.is_dir()]


@functools.cache
def interpreter_mounts() -> tuple[tuple[str, str], ...]:
    """Read-only mounts for interpreter, standard library, numpy, and the shared libraries they need."""
    mounts = [(interpreter(), interpreter())]
    mounts += [(lib, lib) for lib in _standard_library()]
    mounts += [(source, f"/packages/{name}") for source, name in _numpy_folders()]
    mounts += [(os.path.realpath(path), path) for path in _libraries()]
    return tuple(mounts)


@functools.cache
def library_folders() -> tuple[str, ...]:
    """Folders of the mounted shared libraries, for the loader, which has no cache file inside."""
    return tuple(dict.fromkeys(os.path.dirname(p) for p in _libraries()))


@functools.cache
def _libraries() -> tuple[str, ...]:
    extensions = (p for lib in _standard_library() for p in Path(lib, "lib-dynload").glob("*.so"))
    objects = [interpreter(), *(str(p) for p in extensions if not p.name.startswith(NOT_FOR_ARITHMETIC))]
    objects += [str(p) for source, _ in _numpy_folders() for p in Path(source).rglob("*.so*") if p.is_file()]
    listing = subprocess.run(["ldd", *objects], capture_output=True, text=True, check=False).stdout
    inside = tuple(source + os.sep for source, _ in _numpy_folders())
    found = re.findall(r"=>\s+(/\S+)|^\s+(/\S+)\s+\(0x", listing, re.MULTILINE)
    paths = dict.fromkeys(os.path.normpath(a or b) for a, b in found)
    return tuple(p for p in paths if os.path.exists(p) and not p.startswith(inside))


@functools.cache
def size_supported() -> bool:
    """Whether this bubblewrap can bound the size of a tmpfs."""
    bwrap = bubblewrap()
    listing = subprocess.run([bwrap, "--help"], capture_output=True, text=True, check=False).stdout if bwrap else ""
    return "--size" in listing


def _size(count: int) -> list[str]:
    return ["--size", str(count)] if size_supported() else []


@functools.cache
def seccomp_program() -> bytes | None:
    """A filter that refuses system calls nobody needs for arithmetic; None where libseccomp is missing."""
    try:
        import pyseccomp
    except Exception:
        return None
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in SYSTEM_CALLS_REFUSED:
        # A kernel or architecture without that call needs no rule for it.
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            rules.add_rule(pyseccomp.ERRNO(1), name)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


@contextlib.contextmanager
def _filter_file() -> Iterator[int | None]:
    program = seccomp_program()
    if program is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.flush()
        file.seek(0)
        yield file.fileno()


CURE_MISSING = (
    "bubblewrap is not installed, so student code will not be run. Install it (Debian and Ubuntu: apt install bubblewrap; "
    "Fedora: dnf install bubblewrap; Arch: pacman -S bubblewrap; macOS has none: use a Linux machine or container). "
    "For code of your own: --unsafe-no-sandbox."
)
CURE_FORBIDDEN = (
    "bubblewrap is installed but cannot make its namespaces here, so student code will not be run. Ubuntu 24.04 forbids it by an "
    "AppArmor default: give bwrap an AppArmor profile that holds `userns,` (INSTRUCTOR.md shows it). In a container: start that with "
    "--security-opt seccomp=unconfined or --privileged. For code of your own: --unsafe-no-sandbox."
)


@functools.cache
def problem() -> str | None:
    """None when the sandbox works on this machine, else what to do."""
    if not sys.platform.startswith("linux") or bubblewrap() is None:
        return CURE_MISSING
    import time

    with tempfile.TemporaryDirectory() as empty:
        try:
            with Sandbox(Mounts(package=Path(empty))) as sandbox:
                sandbox.channel.request({"op": "seed", "value": 0}, deadline=time.monotonic() + 30)
        except Exception:
            return CURE_FORBIDDEN
    return None
