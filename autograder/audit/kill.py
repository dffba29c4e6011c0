"""Runs the hidden checks over generic mutants, forked and without a sandbox: the code is our own."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np

from autograder.audit.failures import changed_package
from autograder.audit.mutants import Mutant, mutants
from autograder.checked_data import Table, read_toml
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations, expectations, run_check
from autograder.engine.judge import judge
from autograder.intake.reference import reference_path
from autograder.manifest import Course, Task
from autograder.sandbox.local import LocalBackend, OwnPackage

EQUIVALENT = Path(__file__).resolve().parent / "equivalent.toml"
RATE = 0.99
"""The share of mutants that the checks must kill, not counting those equivalent to the reference, which nothing could kill."""
MOST_EQUIVALENT = 0.02
"""The largest share of mutants that may be called equivalent; above it a check is missing or the reference is redundant."""
CPU_S = 30
"""A mutant that runs longer than this counts as killed: a loop no longer ends."""
SURVIVED = 0
KILLED = 1

Key = tuple[str, str, str]


@dataclass
class Kills:
    """What became of the mutants."""

    total: Counter[str] = field(default_factory=Counter)
    """Function -> number of its mutants."""
    survivors: list[Mutant] = field(default_factory=list)
    reasons: dict[Key, str] = field(default_factory=dict)
    """Why a survivor is equivalent to the reference, as far as anybody has said."""

    @property
    def equivalent(self) -> list[Mutant]:
        """The survivors that are as right as the reference: the list says why."""
        return [m for m in self.survivors if m.key in self.reasons]

    @property
    def rate(self) -> float:
        """The share of the others that were killed."""
        equivalent = len(self.equivalent)
        return 1 - (len(self.survivors) - equivalent) / max(1, self.total.total() - equivalent)

    def by_function(self) -> dict[str, tuple[int, int]]:
        """Function -> number of its mutants, and how many of them were killed."""
        alive = Counter(m.function for m in self.survivors)
        return {name: (count, count - alive[name]) for name, count in self.total.items()}

    @property
    def findings(self) -> list[str]:
        """Everything wrong, in words."""
        alive = {m.key for m in self.survivors}
        found = [f"{m.function}: `{m.before}` may become `{m.after}` unnoticed" for m in self.survivors if m.key not in self.reasons]
        found += [
            f"{EQUIVALENT.name}: `{after}` in {function} does not survive: remove the entry"
            for function, before, after in self.reasons
            if function in self.total and (function, before, after) not in alive
        ]
        if self.rate < RATE:
            found.append(f"only {self.rate:.1%} of the mutants are killed; it must be {RATE:.0%}")
        if len(self.equivalent) > MOST_EQUIVALENT * self.total.total():
            found.append(
                f"{len(self.equivalent)} of {self.total.total()} mutants are called equivalent; at most {MOST_EQUIVALENT:.0%} may be"
            )
        return found

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "findings": self.findings,
            "rate": self.rate,
            "equivalent": len(self.equivalent),
            "functions": [{"name": n, "mutants": count, "killed": killed} for n, (count, killed) in self.by_function().items()],
            "survivors": [{"function": m.function, "before": m.before, "after": m.after} for m in self.survivors],
        }


def kill_mutants(
    course: Course,
    seed: int = 0,
    *,
    tasks: Iterable[str] | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Kills:
    """Run every mutant of the reference against the hidden checks.

    A mutant is killed as soon as one check fails. The checks of its own task run first and then those of all other tasks,
    because what a forward pass caches can be seen only in the backward pass.

    Parameters
    ----------
    tasks : ids; only mutants of their functions are run.
    jobs : processes at a time; by default as many as there are processors.

    Raises
    ------
    ImportError
        When cosmic-ray, a part of the extra ``prove``, is not installed.
    """
    chosen = course.tasks if tasks is None else tuple(course.task(t) for t in tasks)
    found = list(mutants(dataclasses.replace(course, tasks=chosen)))
    result = Kills(Counter(m.function for m in found), reasons=equivalents())
    for number, (mutant, killed) in enumerate(run_mutants(found, course, seed, jobs), start=1):
        if not killed:
            result.survivors.append(mutant)
        if progress:
            progress(number, len(found))
    result.survivors.sort(key=found.index)
    return result


class EquivalentMutant(Table, frozen=True):
    """One change of the reference."""

    function: str
    before: str
    after: str


class EquivalentGroup(Table, frozen=True):
    """Mutants that are equivalent to the reference for the same reason."""

    reason: str
    mutant: tuple[EquivalentMutant, ...]


class EquivalentFile(Table, frozen=True):
    """``equivalent.toml``."""

    group: tuple[EquivalentGroup, ...]


def equivalents() -> dict[Key, str]:
    """The survivors that are known to be equivalent to the reference, and why."""
    groups = read_toml(EQUIVALENT, EquivalentFile).group
    return {(m.function, m.before, m.after): group.reason for group in groups for m in group.mutant}


def tasks_of(course: Course, mutant: Mutant) -> list[Task]:
    """The tasks whose function a mutant changes."""
    return [t for t in course.tasks if any(mutant.function == f or mutant.function.startswith(f + ".") for f in t.functions)]


def run_mutants(found: Sequence[Mutant], course: Course, seed: int = 0, jobs: int | None = None) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant and whether it was killed, as they end; ``jobs`` processes at a time."""
    graded = [t for t in course.tasks if not t.model]
    expected = expectations(reference_path(course), seed)
    for task in graded:
        for check in checks_of(course, task):
            expected.of(check)

    def attempt(mutant: Mutant, package: OwnPackage) -> None:
        own = tasks_of(course, mutant)
        _try(package, course, own + [t for t in graded if t not in own], expected)

    yield from fates(found, expected.path, attempt, jobs)


def fates(
    found: Sequence[Mutant], reference: Path, attempt: Callable[[Mutant, OwnPackage], None], jobs: int | None = None
) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant and whether it was killed, as they end.

    Parameters
    ----------
    reference : folder with the reference's ``coursenn/``; what of it has been imported here is not imported again for every mutant.
    attempt : called in a process of its own with a mutant and its package; it leaves with `SURVIVED`, or otherwise when
        the mutant is killed.
    jobs : processes at a time; as many as there are processors by default.
    """
    context, waiting = multiprocessing.get_context("fork"), list(reversed(found))
    running: dict[int, tuple[Mutant, BaseProcess]] = {}
    while waiting or running:
        while waiting and len(running) < (jobs or os.cpu_count() or 1):
            mutant = waiting.pop()
            process: BaseProcess = context.Process(target=_alone, args=(attempt, mutant, reference))
            process.start()
            running[process.sentinel] = mutant, process
        for sentinel in wait(list(running)):
            assert isinstance(sentinel, int)
            mutant, process = running.pop(sentinel)
            process.join()
            yield mutant, process.exitcode != SURVIVED


def _alone(attempt: Callable[[Mutant, OwnPackage], None], mutant: Mutant, reference: Path) -> None:
    """In a process of its own, in silence and for so long."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    sys.dont_write_bytecode = True
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null), np.errstate(all="ignore"):
        attempt(mutant, changed_package(reference, mutant.file, mutant.source))


def _try(package: OwnPackage, course: Course, tasks: list[Task], expected: Expectations) -> None:
    """Exit with `KILLED` at the first check that fails."""
    for task in tasks:
        for check in checks_of(course, task):
            try:
                passed = judge(expected.of(check), run_check(check, LocalBackend(package), expected.seed)).passed
            except BaseException:
                passed = False
            if not passed:
                os._exit(KILLED)
    os._exit(SURVIVED)
