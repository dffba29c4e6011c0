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
RUNNING, TURNSTILE = 0, 1
"""The two bytes of the file that are locked: held while a check runs, and passed before it starts."""


@contextlib.contextmanager
def among_others() -> Iterator[None]:
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
    file = _opened()
    if file is None:
        yield
        return
    try:
        # Whoever wants to be alone waits inside the turnstile, so that others cannot keep overtaking.
        fcntl.lockf(file, fcntl.LOCK_EX, 1, TURNSTILE)
        try:
            fcntl.lockf(file, kind, 1, RUNNING)
        finally:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, TURNSTILE)
        yield
    finally:
        # Closing it lets go of every lock.
        os.close(file)


def _opened() -> int | None:
    """The file; None where there cannot be one, which costs certainty and must not cost the run."""
    try:
        return os.open(lock_path(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def lock_path() -> Path:
    """The file that graders of this user lock."""
    return FOLDER / f"coursenn-grading-{os.getuid()}.lock"
