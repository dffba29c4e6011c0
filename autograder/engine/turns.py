"""Lets one check run while no other grader of this user on this machine runs one.

Verdicts about time and sudden death are confirmed in this way: what a busy machine did to honest work will not happen
again. Graders in other processes take part without knowing of each other. After a while a grader stops waiting for its turn:
the turn makes a verdict more certain, but must not cost the run.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.private import lock_folder, user_name

WAIT_S = 600.0
"""A check ends within a minute; several may come before this one."""
SAY_AFTER_S = 20.0
_SHORTEST_S, _LONGEST_S = 0.001, 0.05
"""Time between two tries."""


@contextlib.contextmanager
def beside_others() -> Iterator[None]:
    """A context in which a check runs as usual, alongside others."""
    with _locked(fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """A context in which a check runs while no other does."""
    with _locked(fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def _locked(kind: int) -> Iterator[None]:
    # Locks belong to open files and not to processes, since each thread of a process may be a grader.
    with _opened("") as running:
        # A grader that wants to be alone waits inside the turnstile, so that others cannot keep overtaking it.
        with _opened(".turnstile") as turnstile:
            for file, what in ((turnstile, fcntl.LOCK_EX), (running, kind)):
                if file is not None:
                    _wait_for(file, what)
        yield


def _wait_for(file: int, what: int) -> None:
    """Lock a file, or go on without the lock after `WAIT_S`; print what it is waiting for."""
    began, pause, said = time.monotonic(), _SHORTEST_S, False
    while not _try(file, what):
        waited = time.monotonic() - began
        if waited > WAIT_S:
            _say(f"no longer waiting for {holders(file)}; verdicts about time are less certain")
            return
        if waited > SAY_AFTER_S and not said:
            said = True
            _say(f"waiting for {holders(file)}, whose checks must run alone; at most {WAIT_S - waited:.0f} s more")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_S)


def _try(file: int, what: int) -> bool:
    try:
        fcntl.flock(file, what | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        print(f"autograder (process {os.getpid()}): {text}", file=sys.stderr, flush=True)


def holders(file: int) -> str:
    """The processes that have locked a file, in words."""
    inode, found = str(os.fstat(file).st_ino), []
    with contextlib.suppress(OSError, IndexError, ValueError):
        # 1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF
        for words in map(str.split, Path("/proc/locks").read_text(encoding="ascii").splitlines()):
            if words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode:
                found.append(_process(int(words[4])))
    return " and ".join(dict.fromkeys(found)) or "a process that cannot be seen from here"


def _process(number: int) -> str:
    try:
        user = user_name(Path(f"/proc/{number}").stat().st_uid)
    except OSError:
        return "a process that cannot be seen from here"
    return f"process {number} of {user}"


@contextlib.contextmanager
def _opened(suffix: str) -> Iterator[int | None]:
    """A file to lock, unlocked when it is closed; None if this user cannot have one."""
    file = None
    with contextlib.suppress(OSError):
        path = lock_path()
        file = os.open(path.with_name(path.name + suffix), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        yield file if file is not None and _is_own(file) else None
    finally:
        if file is not None:
            os.close(file)


def _is_own(file: int) -> bool:
    found = os.fstat(file)
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def lock_path() -> Path:
    """The file that graders of this user lock; the file of the turnstile is next to it."""
    return lock_folder() / "grading.lock"
