"""Runs the checks of tasks over one submission: many in one process while they pass, and by themselves when they do not."""

from __future__ import annotations

import time
from collections.abc import Sequence

from autograder.checking import Check
from autograder.engine import turns
from autograder.engine.attempt import Attempts, needs_another_run, not_run
from autograder.engine.catalogue import checks_of, task_load
from autograder.engine.clock import Clock
from autograder.engine.confirm import IsolatedChecks
from autograder.engine.result import CheckResult
from autograder.manifest import Task
from autograder.sandbox.process import CheckStopped, Process
from autograder.sandbox.process_tree import ProcessTree, ReferenceModule
from autograder.verdicts import Verdict

MAX_STOPS_PER_TASK = 2
SHARED_S = 2.0
"""How long a process takes on further tasks: what is slow gets all of a process's time for itself."""


class Schedule:
    """One run over one submission, with or without the reference below it.

    Parameters
    ----------
    attempts : makes the attempts; it also collects what the loader says about the files.
    tree : the submission's processes.
    """

    def __init__(self, attempts: Attempts, tree: ProcessTree) -> None:
        self.attempts, self.tree = attempts, tree
        self.course = attempts.course
        self.clock = Clock(attempts.limits, tree)
        self.isolated = IsolatedChecks(self.course, tree, attempts, self.clock)
        self.upcoming: list[Task] = []
        """Tasks that will be run, in order: some of them perhaps ahead, in the process of one before them that loads the same files."""
        self._run_ahead: dict[str, list[CheckResult]] = {}
        """Results that were found that way."""
        self._isolated_only: set[str] = set()
        """Tasks that have ended such a process: each of their checks is run by itself in the first place."""

    def run(self, task: Task, references: tuple[ReferenceModule, ...] = ()) -> list[CheckResult]:
        """All checks of a task that grades functions.

        They run in one process as long as they pass. What does not pass there is run again in a process of its own, and
        so is all that comes after it: no check loses marks by what another one left behind.
        """
        self.upcoming = [t for t in self.upcoming if t is not task]
        if task.id in self._run_ahead:
            return self._run_ahead.pop(task.id)
        checks = self._expected(task)
        isolated = self.isolated.suspect or task.id in self._isolated_only or self._reason_to_skip(task, []) is not None
        results, doubt = ([], False) if isolated else self._run_in_one_process(task, checks, references)
        for check in checks[len(results) :]:
            if reason := self._reason_to_skip(task, results):
                results.append(not_run(check, *reason))
            else:
                results.append(self.isolated.run(task, check, references, doubt=doubt))
            doubt = False
        return results

    def can_be_loaded(self, task: Task) -> bool:
        """Whether the modules of a task that was run could be loaded at all."""
        return task_load(self.course, task).modules not in self.isolated.unloadable

    def _run_in_one_process(
        self, task: Task, checks: tuple[Check, ...], references: tuple[ReferenceModule, ...]
    ) -> tuple[list[CheckResult], bool]:
        """Results of the first checks, those that one process for all cannot have spoilt; whether the next is to be run alone."""
        with self.clock.turn(turns.beside_others):
            try:
                process = self.tree.start(task_load(self.course, task), references)
            except CheckStopped:
                return [], True
            results, failed = self._run_while_passing(process, task, checks)
            ahead = self._go_ahead(process, task) if failed is None and not references else {}
            process.end()
            if process.left_behind:
                # It does not tell which check did it. A submission that leaves something once may do so again.
                self.upcoming = []
                return [], False
            for other, (found, seconds) in ahead.items():
                self._run_ahead[other] = found
                self.clock.shift(seconds, to=other, of=task.id)
            return results, failed is not None and failed.stopped is not None and failed.stopped.about.needs_confirmation

    def _run_while_passing(self, process: Process, task: Task, checks: Sequence[Check]) -> tuple[list[CheckResult], CheckResult | None]:
        """Results of the first checks, and the one that has to be run again, after which nothing more was run."""
        results: list[CheckResult] = []
        for check in checks:
            result = self.attempts.run(process, task, check).result
            if needs_another_run(result):
                return results, result
            results.append(result)
        return results, None

    def _go_ahead(self, process: Process, first: Task) -> dict[str, tuple[list[CheckResult], float]]:
        """Results of later tasks that load the same files and pass in the same process, and the seconds that each took.

        Starting another process takes longer than most checks.
        """
        began = time.monotonic()
        found: dict[str, tuple[list[CheckResult], float]] = {}
        for task in self.upcoming:
            started = time.monotonic()
            if task_load(self.course, task) != task_load(self.course, first) or task.id in self._run_ahead:
                continue
            if started - began > SHARED_S:
                break
            results, failed = self._run_while_passing(process, task, self._expected(task))
            if failed is not None:
                if failed.stopped is not None and failed.stopped.about.costs_time:
                    self._isolated_only.add(task.id)
                break
            found[task.id] = results, time.monotonic() - started
        return found

    def _expected(self, task: Task) -> tuple[Check, ...]:
        """The checks of a task, once what they expect is known: that must not count as time of the submission."""
        checks = checks_of(self.course, task)
        for check in checks:
            self.attempts.expectations.of(check)
        return checks

    def _reason_to_skip(self, task: Task, results: Sequence[CheckResult]) -> tuple[Verdict, str] | None:
        """Verdict and reason when another check of a task would only cost time."""
        if verdict := self.isolated.unloadable.get(task_load(self.course, task).modules):
            return verdict, "its files cannot be imported"
        stops = [r.stopped for r in results if r.stopped is not None and r.stopped.about.costs_time]
        if len(stops) >= MAX_STOPS_PER_TASK:
            return stops[0], "two checks before it were stopped"
        return (Verdict.TIME_LIMIT, "the submission has used up its time") if self.clock.used_up else None
