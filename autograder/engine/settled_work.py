"""Settles tasks that are right or not started, in as few processes as possible.

Starting a process takes longer than most checks. Tasks for which the reference can do without the same given modules share a
process without them: what is right there is also right with more modules. Tasks that have not been started share a process with all
modules: a function that returns nothing there returns nothing with fewer. Everything else is left to be run as its own task allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from autograder.checking import Check
from autograder.engine import turns
from autograder.engine.attempt import Attempts, needs_another_run
from autograder.engine.calls import given_modules_below
from autograder.engine.catalogue import task_load, task_modules
from autograder.engine.clock import Clock
from autograder.engine.result import CheckResult
from autograder.engine.scores import is_unfinished
from autograder.intake import given_code
from autograder.manifest import Course, Task
from autograder.sandbox.process import CheckStopped, Process
from autograder.sandbox.process_tree import Load, ProcessTree

Key = TypeVar("Key", bound=Hashable)
Settles = Callable[[Sequence[CheckResult]], bool]
SHARED_S, SHARED_WALL_S = 2.0, 20.0
"""Processor time after which a process accepts no further tasks, since its total is limited: slow work gets its own process; and the
longest time for which others may have to wait for it."""


class NotesFound(Exception):
    """The loader has something to say about the files of a process."""


@dataclass
class SettledWork:
    """The tasks of one submission that are settled together."""

    course: Course
    tree: ProcessTree
    attempts: Attempts
    clock: Clock
    checks: Mapping[str, Sequence[Check]]
    """Task -> its checks, in order."""
    results: dict[str, list[CheckResult]] = field(default_factory=dict)
    """Task -> results of its checks, none of which has to be run again."""
    begun: dict[str, list[CheckResult]] = field(default_factory=dict)
    """A task that has ended its process -> results of its checks; the last one ended it."""
    _over: bool = False
    """Whether something has ended a process: then each remaining task gets its own."""

    def settle(self, tasks: Sequence[Task]) -> None:
        """Settle as many of the tasks as possible."""
        not_begun: list[Task] = []
        for load, together in sharing(self.course, self.attempts.expectations.path, tasks).items():
            left = _Left()
            try:
                self._settle(load, together, _all_pass, left)
            except NotesFound:
                # Possibly only because these files use something that is absent here.
                left = _Left(begun=together)
            not_begun += left.not_begun
            for own, some in _grouped(left.begun, lambda task: task_load(self.course, task)).items():
                self._settle(own, some, _need_no_other_run)
        if not_begun:
            begun = dict(self.begun)
            self._settle(_with_most_at_hand([task_load(self.course, task) for task in not_begun]), not_begun, is_unfinished)
            # A task that passed there may have used modules that are absent for it.
            self.begun = begun

    def _settle(self, load: Load, tasks: Sequence[Task], settles: Settles, left: _Left | None = None) -> None:
        """Settle tasks, in one process after another.

        Parameters
        ----------
        settles : whether a task with these results so far is settled, or may be once the rest of its checks has been run.
        left : gets the tasks that are not settled where something is absent that they may use; `NotesFound` is then raised when the
            files cannot be loaded as they are.
        """
        rest = list(tasks)
        while rest and not self._over and not self.clock.used_up:
            with self.clock.turn(turns.beside_others):
                try:
                    process = self.tree.start(load, (), self.clock.left_s)
                except CheckStopped:
                    self._over = True
                    return
                try:
                    rest = self._settle_in(process, load, rest, settles, left)
                finally:
                    process.end()

    def _settle_in(self, process: Process, load: Load, tasks: Sequence[Task], settles: Settles, left: _Left | None) -> list[Task]:
        """The same in one process; return the tasks that it has not reached."""
        began, used_s = time.monotonic(), process.used_s()
        found: dict[str, list[CheckResult]] = {}
        seconds: dict[str, float] = {}
        try:
            self._read_notes(process, load, quietly=left is not None)
        except CheckStopped:
            self._over = True
            return []
        rest = list(tasks)
        while rest and not process.ended and _accepts_more(process, began, used_s):
            task, started = rest.pop(0), time.monotonic()
            results = self._results(process, task, settles, left)
            if results:
                found[task.id], seconds[task.id] = results, time.monotonic() - started
        process.end()
        if process.left_behind:
            # It is not known which check did it. A submission that leaves something behind once may do so again.
            self._over = True
            self.begun.clear()
            return []
        self.results |= found
        self.clock.settled_s |= seconds
        return rest

    def _read_notes(self, process: Process, load: Load, quietly: bool) -> None:
        if not quietly:
            self.attempts.read_notes(process, load)
        elif self.attempts.has_notes(process):
            raise NotesFound

    def _results(self, process: Process, task: Task, settles: Settles, left: _Left | None) -> list[CheckResult]:
        """The results of a task if it is settled; otherwise none."""
        results: list[CheckResult] = []
        for check in self.checks[task.id]:
            results.append(self.attempts.run(process, task, check).result)
            if process.ended:
                self._over = True
                self.begun[task.id] = results
                return []
            if not settles(results):
                if left is not None:
                    left.add(task, results)
                return []
        return results


def _accepts_more(process: Process, began: float, used_s: float) -> bool:
    """Whether a process that began at this time, with this processor time already used, may be given another task."""
    # Reading the processor time takes longer than many checks, and it is at most the time that has passed.
    passed = time.monotonic() - began
    return passed < SHARED_S or (passed < SHARED_WALL_S and process.used_s() - used_s < SHARED_S)


def sharing(course: Course, reference: Path, tasks: Sequence[Task]) -> dict[Load, list[Task]]:
    """What a shared process loads -> its tasks: all of their modules, but not the given ones that the reference does not need."""
    given = {given_code.importable(file) for file in given_code.withheld(course)}
    withheld = {name for task in course.tasks for name in task.absent if name in given}

    def absent(task: Task) -> tuple[str, ...]:
        needed = given_modules_below(course, reference, task_modules(course, task))
        return tuple(sorted((withheld - needed).union(task.absent)))

    return {
        Load(tuple(dict.fromkeys(m for task in some for m in task_modules(course, task))), names): some
        for names, some in _grouped(tasks, absent).items()
    }


@dataclass
class _Left:
    """Tasks not settled in a process without the modules that they may use."""

    begun: list[Task] = field(default_factory=list)
    not_begun: list[Task] = field(default_factory=list)

    def add(self, task: Task, results: Sequence[CheckResult]) -> None:
        (self.not_begun if is_unfinished(results) else self.begun).append(task)


def _all_pass(results: Sequence[CheckResult]) -> bool:
    return all(r.passed for r in results)


def _need_no_other_run(results: Sequence[CheckResult]) -> bool:
    return not any(needs_another_run(r) for r in results)


def _with_most_at_hand(loads: Sequence[Load]) -> Load:
    """Return a load with all modules that any of them has: a function that returns nothing there returns nothing with fewer."""
    modules = dict.fromkeys(module for load in loads for module in load.modules)
    absent = set(loads[0].absent).intersection(*(load.absent for load in loads))
    return Load(tuple(modules), tuple(sorted(absent)))


def _grouped(tasks: Iterable[Task], key: Callable[[Task], Key]) -> dict[Key, list[Task]]:
    found: dict[Key, list[Task]] = {}
    for task in tasks:
        found.setdefault(key(task), []).append(task)
    return found
