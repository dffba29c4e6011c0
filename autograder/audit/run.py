"""Runs an audit: the canaries, then every entry of the catalogue in a sandbox of its own."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder.audit.asked import not_asked
from autograder.audit.measure import measure
from autograder.audit.report import Audit, Trial
from autograder.bridge.canary import canaries
from autograder.course import Course, Task
from autograder.engine import sandbox
from autograder.engine.catalogue import Expectations, checks_of, expectations
from autograder.engine.sandbox import SandboxUnavailable
from autograder.mistakes import Mistake, load_mistakes, variant
from autograder.reference import reference_path

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
    progress : called with the number of entries that are done, and of all.

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
    entries = [m for m in load_mistakes(course) if m.task in {t.id for t in chosen}]
    expected = _expected(course, chosen, seed)
    result = Audit({t.id: tuple(c.name for c in checks_of(course, t)) for t in chosen}, not_asked=not_asked(course, chosen))
    # Trained networks have no mistakes to catalogue, and the reference's must not lose a mark either.
    result.canaries = _canaries(course, [t for t in course.tasks if named is None or t.id in named], seed, unsafe_no_sandbox)
    result.trials = _trials(course, entries, expected, jobs or os.cpu_count() or 1, unsafe_no_sandbox, progress)
    result.elapsed_s = time.monotonic() - started
    return result


def _expected(course: Course, tasks: list[Task], seed: int) -> Expectations:
    """What the checks see of the reference, all of it: while it is computed, no other thread may import ``coursenn``."""
    expected = expectations(reference_path(course), seed)
    for task in tasks:
        for check in checks_of(course, task):
            expected.of(check)
    return expected


def _canaries(course: Course, tasks: list[Task], seed: int, unsafe: bool) -> list[str]:
    """Whether stubs earn or the reference loses anything."""
    part = dataclasses.replace(course, tasks=tuple(tasks))
    return [finding for a in part.assignments if part.tasks_of(a) for finding in canaries(part, a.name, seed, unsafe=unsafe)]


def _trials(
    course: Course, entries: list[Mistake], expected: Expectations, jobs: int, unsafe: bool, progress: Progress | None
) -> list[Trial]:
    def run(mistake: Mistake) -> Trial:
        with tempfile.TemporaryDirectory(prefix="coursenn-audit-") as folder:
            package = variant(mistake, expected.path, Path(folder))
            return Trial(mistake, tuple(measure(package, course, course.task(mistake.task), expected, unsafe=unsafe)))

    trials = []
    # The work is done in the sandboxes; threads are enough to wait for them.
    with ThreadPoolExecutor(jobs) as pool:
        for trial in pool.map(run, entries):
            trials.append(trial)
            if progress:
                progress(len(trials), len(entries))
    return trials
