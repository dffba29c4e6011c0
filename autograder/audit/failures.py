"""Which checks each version of the reference fails. It is found quickly, in forked processes without a sandbox, since the code is our own.

Large inputs are left out: they test how long a gradient takes, and only one sentence is about that.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checking import Check, Observed, Session, is_large
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import finish_check, open_session
from autograder.engine.judge import judge
from autograder.manifest import Course
from autograder.mistakes import Mistake, substitute
from autograder.paths import module_name
from autograder.sandbox.local import LocalBackend, OwnPackage, in_pieces, package_at

CHECK_S = 20
"""A check that takes longer has failed, for example because a loop no longer ends."""

Failed = frozenset[str]
"""Names of the checks of its task that a version fails."""
Seen = Mapping[tuple[str, str], Sequence[Observed]]
"""Task and name of a check -> what it observes for the reference."""


def looked_at(check: Check, package: Path | OwnPackage, seed: int) -> tuple[Session, list[Observed]]:
    """The session of a check over a package, and what it observed; large inputs are left out."""
    session = open_session(check, LocalBackend(package), seed)
    session.large = False
    state = np.random.get_state()
    try:
        seen = finish_check(check, session)
    finally:
        np.random.set_state(state)
    return session, [item for item in seen if not is_large(item)]


def failures(
    mistakes: Sequence[Mistake],
    course: Course,
    reference: Path,
    expected: Seen,
    seed: int,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Failed]:
    """The checks that each version of the reference fails, in the order of the versions.

    Parameters
    ----------
    reference : folder with the reference's ``coursenn/``.
    expected : for every check of their tasks.
    seed : of the inputs.
    jobs : processes at a time; as many as there are processors by default.
    progress : called with the number of versions that are done, and of all.
    """
    found: list[Failed] = []
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs or os.cpu_count() or 1, initializer=_start, initargs=(course, reference, expected, seed)) as pool:
        for failed in pool.imap(_failed, mistakes):
            found.append(failed)
            if progress:
                progress(len(found), len(mistakes))
    return found


_worker: dict[str, Any] = {}
"""The data that a process of the pool works with."""


def _start(course: Course, reference: Path, expected: Seen, seed: int) -> None:
    _worker.update(course=course, reference=reference, expected=expected, seed=seed)


def _failed(mistake: Mistake) -> Failed:
    course, expected, seed = _worker["course"], _worker["expected"], _worker["seed"]
    package = version_of(mistake, _worker["reference"])
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null), np.errstate(all="ignore"):
        checks = checks_of(course, course.task(mistake.task))
        return frozenset(c.name for c in checks if not _passes(c, package, expected[c.task, c.name], seed))


def version_of(mistake: Mistake, reference: Path) -> OwnPackage:
    """The reference with one mistake."""
    source = (reference / "coursenn" / mistake.file).read_text(encoding="utf-8")
    return changed_package(reference, mistake.file, substitute(source, mistake))


def changed_package(reference: Path, file: str, text: str) -> OwnPackage:
    """The reference with another text in one file; what does not depend on that file is imported once for all."""
    module = f"coursenn.{module_name(file)}"
    code = in_pieces(text, reference / "coursenn" / file)
    return OwnPackage(reference, {module: code}, package_at(reference).without([module]))


def _passes(check: Check, package: OwnPackage, expected: Sequence[Observed], seed: int) -> bool:
    try:
        with _in_time():
            _, seen = looked_at(check, package, seed)
            return judge(expected, seen, facts=False).passed
    except BaseException:
        return False


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
