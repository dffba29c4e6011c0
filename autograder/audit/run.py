"""Runs an audit: the canaries, then every entry of the catalogue as if a student had handed it in."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from autograder.audit.asked import not_asked
from autograder.audit.broken_contracts import broken_contracts
from autograder.audit.measure import measure
from autograder.audit.report import Audit, Trial
from autograder.audit.shared import SharedSandbox
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations, expectations
from autograder.intake.reference import reference_path
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake, load_mistakes, variant
from autograder.runs.canary import canaries
from autograder.sandbox import sandbox
from autograder.sandbox.bubblewrap import SandboxUnavailable

Progress = Callable[[int, int], None]


def audit(
    course: Course,
    seed: int = 0,
    *,
    tasks: Collection[str] | None = None,
    jobs: int | None = None,
    unsafe_no_sandbox: bool = False,
    progress: Progress | None = None,
) -> Audit:
    """Prove the hidden checks of a course.

    Parameters
    ----------
    seed : of the hidden inputs.
    tasks : ids; all tasks that grade functions by default. ``KeyError`` for an id that the manifest lacks.
    jobs : sandboxes at a time; as many as there are processors by default.
    unsafe_no_sandbox : run the variants as ordinary processes. They are our own code.
    progress : called with the number of entries, each of their forms counted, that are done, and of all.

    Raises
    ------
    MistakesError
        When an entry of the catalogue cannot be used.
    SandboxUnavailable
        When there is no working sandbox and ``unsafe_no_sandbox`` was not asked for.
    CatalogueError
        When a hidden check does not hold on the reference.
    """
    started = time.monotonic()
    if not unsafe_no_sandbox and (problem := sandbox.problem()):
        raise SandboxUnavailable(problem)
    named = None if tasks is None else {course.task(t).id for t in tasks}
    chosen = [t for t in course.tasks if not t.model and (named is None or t.id in named)]
    entries = [form for m in load_mistakes(course) if m.task in {t.id for t in chosen} for form in m.forms]
    entries += [broken for task in chosen for broken in broken_contracts(course, task)]
    expected = _expected(course, chosen, seed)
    result = Audit({t.id: tuple(c.name for c in checks_of(course, t)) for t in chosen}, not_asked=not_asked(course, chosen))
    # Trained networks have no mistakes to catalogue, and the reference's must not lose a mark either.
    known = dataclasses.replace(course, tasks=tuple(t for t in course.tasks if named is None or t.id in named))
    with _workers(course, expected, jobs or os.cpu_count() or 1, unsafe_no_sandbox) as pool:
        graded = [pool.submit(canaries, known, a.name, seed, unsafe=unsafe_no_sandbox) for a in known.assignments if known.tasks_of(a)]
        for trial in pool.map(_trial, entries):
            result.trials.append(trial)
            if progress:
                progress(len(result.trials), len(entries))
        result.canaries = [finding for canary in graded for finding in canary.result()]
    result.elapsed_s = time.monotonic() - started
    return result


def _expected(course: Course, tasks: list[Task], seed: int) -> Expectations:
    """What the checks see of the reference, all of it, before the processes are forked."""
    expected = expectations(reference_path(course), seed)
    for task in tasks:
        for check in checks_of(course, task):
            expected.of(check)
    return expected


@contextlib.contextmanager
def _workers(course: Course, expected: Expectations, jobs: int, unsafe: bool) -> Iterator[ProcessPoolExecutor]:
    # Forked: the expected values are computed once, and the engine's locks are between processes, not threads.
    context = multiprocessing.get_context("fork")
    with (
        tempfile.TemporaryDirectory(prefix="coursenn-audit-") as folder,
        ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=(course, expected, Path(folder), unsafe)) as pool,
    ):
        yield pool


_worker: dict[str, Any] = {}
"""What a process of the pool works with."""


def _start_worker(course: Course, expected: Expectations, folder: Path, unsafe: bool) -> None:
    sandbox = SharedSandbox(Path(tempfile.mkdtemp(dir=folder)), unsafe=unsafe)
    Finalize(None, sandbox.close, exitpriority=0)
    _worker.update(course=course, expected=expected, sandbox=sandbox)


def _trial(mistake: Mistake) -> Trial:
    course, expected, sandbox = _worker["course"], _worker["expected"], _worker["sandbox"]
    with tempfile.TemporaryDirectory(dir=sandbox.folder) as folder:
        package = variant(mistake, expected.path, Path(folder))
        return Trial(mistake, tuple(measure(package, course, course.task(mistake.task), expected, sandbox)))
