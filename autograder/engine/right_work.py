"""Settles the tasks in which every answer is the reference's, in as few processes as possible.

Starting a process takes longer than most checks. Tasks that the reference solves without the same given modules share a process that
has none of these: what is right there is right with more at hand, too. Everything else is left to be run as its own task allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from autograder.checking import Check
from autograder.engine import turns
from autograder.engine.attempt import Attempts
from autograder.engine.calls import given_modules_below
from autograder.engine.catalogue import task_load, task_modules
from autograder.engine.clock import Clock
from autograder.engine.result import CheckResult
from autograder.intake import given_code
from autograder.manifest import Course, Task
from autograder.sandbox.process import CheckStopped, Process
from autograder.sandbox.process_tree import Load, ProcessTree

Key = TypeVar("Key", bound=Hashable)
SHARED_S = 2.0
"""For how long a process takes on further tasks, and how long a check may take: what is slow gets a process's time for itself."""
MAX_STOPS = 2
"""How often a process may be ended by a check before the rest is left alone."""


class NotesFound(Exception):
    """The loader has something to say about the files of a process."""


@dataclass
class RightWork:
    """The right tasks of one submission."""

    course: Course
    tree: ProcessTree
    attempts: Attempts
    clock: Clock
    results: dict[str, list[CheckResult]] = field(default_factory=dict)
    """Task -> results of its checks, all of which pass."""
    stopped: set[str] = field(default_factory=set)
    """Tasks that have ended a process by taking too long."""
    _stops: int = 0

    def settle(self, tasks: Sequence[Task], checks: Mapping[str, Sequence[Check]]) -> None:
        """Find them.

        Parameters
        ----------
        checks : task -> its checks, in order.
        """
        for load, together in self._sharing(tasks).items():
            try:
                self._settle(load, together, checks, quietly=True)
            except NotesFound:
                # Perhaps only because these files use what is absent here.
                for own, some in _grouped(together, lambda task: task_load(self.course, task)).items():
                    self._settle(own, some, checks)

    def _sharing(self, tasks: Sequence[Task]) -> dict[Load, list[Task]]:
        """Tasks that can share a process: all their modules, and no given one that the reference does without."""
        given = {given_code.importable(file) for file in given_code.withheld(self.course)}
        withheld = {name for task in self.course.tasks for name in task.absent if name in given}

        def absent(task: Task) -> tuple[str, ...]:
            needed = given_modules_below(self.course, self.attempts.expectations.path, task_modules(self.course, task))
            return tuple(sorted((withheld - needed).union(task.absent)))

        return {
            Load(tuple(dict.fromkeys(m for task in some for m in task_modules(self.course, task))), names): some
            for names, some in _grouped(tasks, absent).items()
        }

    def _settle(self, load: Load, tasks: Sequence[Task], checks: Mapping[str, Sequence[Check]], quietly: bool = False) -> None:
        """Find the right ones among tasks, in one process after the other. `NotesFound` where there should be none."""
        rest = list(tasks)
        while rest and self._stops < MAX_STOPS:
            with self.clock.turn(turns.beside_others):
                try:
                    process = self.tree.start(load, (), min(SHARED_S, self.clock.left_s))
                except CheckStopped:
                    self._stops += 1
                    return
                try:
                    rest = self._settle_in(process, load, rest, checks, quietly)
                finally:
                    process.end()

    def _settle_in(
        self, process: Process, load: Load, tasks: list[Task], checks: Mapping[str, Sequence[Check]], quietly: bool
    ) -> list[Task]:
        """The same in one process; the tasks that it has not come to."""
        began = time.monotonic()
        found: dict[str, list[CheckResult]] = {}
        seconds: dict[str, float] = {}
        try:
            self._read_notes(process, load, quietly)
        except CheckStopped:
            self._stops += 1
            return []
        rest = list(tasks)
        while rest and time.monotonic() - began < SHARED_S and not process.ended:
            task, started = rest.pop(0), time.monotonic()
            results = self._results(process, task, checks[task.id])
            if results is not None:
                found[task.id], seconds[task.id] = results, time.monotonic() - started
        process.end()
        if process.left_behind:
            # It does not tell which check did it. A submission that leaves something once may do so again.
            self._stops = MAX_STOPS
            return []
        self.results |= found
        self.clock.settled_s |= seconds
        return rest

    def _read_notes(self, process: Process, load: Load, quietly: bool) -> None:
        if not quietly:
            self.attempts.read_notes(process, load)
        elif self.attempts.has_notes(process):
            raise NotesFound

    def _results(self, process: Process, task: Task, checks: Sequence[Check]) -> list[CheckResult] | None:
        """The results of a task in which all checks pass."""
        results: list[CheckResult] = []
        for check in checks:
            result = self.attempts.run(process, task, check).result
            if result.stopped is not None and process.ended:
                self._stops += 1
                if result.stopped.about.costs_time:
                    self.stopped.add(task.id)
            if not result.passed or process.ended:
                return None
            results.append(result)
        return results


def _grouped(tasks: Iterable[Task], key: Callable[[Task], Key]) -> dict[Key, list[Task]]:
    found: dict[Key, list[Task]] = {}
    for task in tasks:
        found.setdefault(key(task), []).append(task)
    return found
