"""Lets one check run while no other grader of this user on this machine runs one.

Verdicts about time and sudden death are confirmed like that: what a busy machine did to honest work does not happen
again. Graders in other processes take part without knowing of each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(tempfile.gettempdir())
"""As it was when this process began: workers put their temporary files elsewhere later, and all graders must mean one file."""


@contextlib.contextmanager
def beside_others() -> Iterator[None]:
    """While a check runs as usual."""
    with _locked(fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """While a check runs with no other beside it."""
    with _locked(fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def _locked(kind: int) -> Iterator[None]:
    # Locks of open files and not of processes: threads of one process are graders of their own.
    with _opened("") as running:
        # Whoever wants to be alone waits inside the turnstile, so that others cannot keep overtaking.
        with _opened(".turnstile") as turnstile:
            for file, what in ((turnstile, fcntl.LOCK_EX), (running, kind)):
                if file is not None:
                    fcntl.flock(file, what)
        yield


@contextlib.contextmanager
def _opened(suffix: str) -> Iterator[int | None]:
    """A file to lock, let go when it is closed; None where there cannot be one, which costs certainty and must not cost the run."""
    path = lock_path()
    try:
        file = os.open(path.with_name(path.name + suffix), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError:
        yield None
        return
    try:
        yield file
    finally:
        os.close(file)


def lock_path() -> Path:
    """The file that graders of this user lock; the turnstile before it lies beside it."""
    return FOLDER / f"coursenn-grading-{os.getuid()}.lock"
