"""Which checks each version of the reference fails: quickly, forked and without a sandbox, since the code is our own."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checking import Check
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations, finish_check, open_session
from autograder.engine.judge import judge
from autograder.manifest import Course
from autograder.mistakes import Mistake, variant
from autograder.sandbox.local import LocalBackend

CHECK_S = 20
"""A check that takes longer has failed: somebody's loop no longer ends."""

Failed = frozenset[str]
"""Names of the checks of its task that a version fails."""


def failures(
    mistakes: Sequence[Mistake],
    course: Course,
    expected: Expectations,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Failed]:
    """What each version of the reference fails, in their order.

    Parameters
    ----------
    expected : with the expectations of every check of their tasks, so that no process works them out again.
    jobs : processes at a time; as many as there are processors by default.
    progress : called with the number of versions that are done, and of all.
    """
    for task in {m.task for m in mistakes}:
        for check in checks_of(course, course.task(task)):
            expected.of(check)
    found: list[Failed] = []
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs or os.cpu_count() or 1, initializer=_start, initargs=(course, expected)) as pool:
        for failed in pool.imap(_failed, mistakes):
            found.append(failed)
            if progress:
                progress(len(found), len(mistakes))
    return found


_worker: dict[str, Any] = {}
"""What a process of the pool works with."""


def _start(course: Course, expected: Expectations) -> None:
    sys.dont_write_bytecode = True
    _worker.update(course=course, expected=expected)


def _failed(mistake: Mistake) -> Failed:
    course, expected = _worker["course"], _worker["expected"]
    checks = checks_of(course, course.task(mistake.task))
    with tempfile.TemporaryDirectory(prefix="coursenn-version-") as folder:
        package = variant(mistake, expected.path, Path(folder))
        with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null), np.errstate(all="ignore"):
            return frozenset(_names_of_failed(package, checks, expected))


def _names_of_failed(package: Path, checks: Collection[Check], expected: Expectations) -> Iterator[str]:
    for check in checks:
        try:
            with _in_time():
                session = open_session(check, LocalBackend(package), expected.seed)
                passed = judge(expected.of(check), finish_check(check, session)).passed
        except BaseException:
            passed = False
        if not passed:
            yield check.name


class _TooLong(BaseException):
    """Raised in a check that does not end."""


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(CHECK_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
