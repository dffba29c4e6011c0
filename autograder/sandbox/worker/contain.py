"""Limits that a process in the sandbox sets for itself before it runs student code."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys

PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
INSTRUCTION_BYTES = 8
LINUX = sys.platform.startswith("linux")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


class Filter:
    """A system call filter, prepared once so that loading it in a new process takes two calls into the kernel.

    Parameters
    ----------
    instructions : the program in the kernel's form; if it is empty, loading does nothing.
    """

    def __init__(self, instructions: bytes) -> None:
        self.program = _Program(len(instructions) // INSTRUCTION_BYTES, instructions)
        self.prctl = ctypes.CDLL(None, use_errno=True).prctl if LINUX else None

    def load(self) -> None:
        """Load it into this process permanently; ``OSError`` if the kernel does not accept it."""
        if not self.program.length or self.prctl is None:
            return
        self.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if self.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(self.program), 0, 0):
            raise OSError(ctypes.get_errno(), "the kernel does not accept the filter of a check")

    def close_to_others(self) -> None:
        """Keep other processes of the same user from looking into this one and its children, and from taking their descriptors."""
        if self.prctl is not None:
            self.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)

    def adopt_orphans(self) -> None:
        """Become the parent of orphaned descendants."""
        if self.prctl is not None:
            self.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def limit(which: int, soft: int, hard: int) -> None:
    """Lower a limit; never raise it above the current one."""
    _, ceiling = resource.getrlimit(which)
    hard = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
    # Some systems without a sandbox (macOS) refuse a limit of address space; only the user's own code runs there.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (min(soft, hard), hard))


def cpu_limit(seconds: int) -> None:
    """End this process after that much processor time: first with a signal that shows why, and a second later unconditionally."""
    limit(resource.RLIMIT_CPU, seconds, seconds + 1)


def contain(filter_: Filter, scratch: str) -> None:
    """Keep the process of a check from starting processes or threads, and limit its printed output like a file."""
    with contextlib.suppress(OSError):
        printed = os.open(scratch, os.O_TMPFILE | os.O_RDWR | os.O_APPEND, 0o600)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        os.close(printed)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    limit(resource.RLIMIT_NPROC, 0, 0)
    filter_.load()


def to_null() -> None:
    """Keep student code from reading or writing the descriptors that it finds."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
