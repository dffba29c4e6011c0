"""Runs the checks of tasks over one submission: many in one process while they pass, each in its own if they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autograder.checking import INDEPENDENT, Check
from autograder.engine import turns
from autograder.engine.attempt import Attempts, needs_another_run, not_run
from autograder.engine.calls import reached
from autograder.engine.catalogue import checks_of, task_load
from autograder.engine.clock import Clock
from autograder.engine.confirm import IsolatedChecks
from autograder.engine.result import CheckResult
from autograder.engine.scores import earned
from autograder.engine.settled_work import SettledWork
from autograder.manifest import Task
from autograder.sandbox.process import CheckStopped, Process
from autograder.sandbox.process_tree import ProcessTree, ReferenceModule
from autograder.verdicts import LIMITS, Verdict

MAX_STOPS_PER_TASK = 2
KEPT = "a result changes with the calls that came before it in the same process"


@dataclass(frozen=True)
class Passed:
    """Tasks of a submission in which every check passes."""

    results: dict[str, list[CheckResult]]
    seconds: dict[str, float]
    notes: list[str]
    """What the loader said about the files."""
    cpu_s: float


class Schedule:
    """One run over one submission, with or without the reference below it.

    Parameters
    ----------
    attempts : makes the attempts; it also collects what the loader says about the files.
    tree : the submission's processes.
    clock : an earlier run's, which continues in this one.
    """

    def __init__(self, attempts: Attempts, tree: ProcessTree, clock: Clock | None = None) -> None:
        self.attempts, self.tree = attempts, tree
        self.course = attempts.course
        self.clock = clock or Clock(attempts.limits, tree)
        self.isolated = IsolatedChecks(self.course, tree, attempts, self.clock)
        self._settled: dict[str, list[CheckResult]] = {}
        """Results of tasks that were settled before they were run."""
        self._endless: set[str] = set()
        """Functions whose own task earned nothing because they take too long."""
        self._begun: dict[str, list[CheckResult]] = {}
        """Results of a task up to the check that ended a process in which other tasks had been run."""

    def settle(self, tasks: Sequence[Task]) -> None:
        """Settle the tasks that are right or not started; the others are left to `run`."""
        work = SettledWork(self.course, self.tree, self.attempts, self.clock, {task.id: self._expected(task) for task in tasks})
        work.settle(tasks)
        self._settled |= work.results
        self._begun |= work.begun
        if any(results[-1].stopped is Verdict.TIME_LIMIT for results in work.begun.values()):
            self.clock.put_off_if_hurried()

    def is_settled(self, task: Task) -> bool:
        """Whether a task no longer needs to be run."""
        return task.id in self._settled

    def passed(self, cpu_s: float) -> Passed:
        """The settled tasks in which every check passes, for a run in another process; their evidence, which explains nothing, is left out.

        Parameters
        ----------
        cpu_s : processor time that they took.
        """
        right = {task: results for task, results in self._settled.items() if all(result.passed for result in results)}
        results = {task: [replace(result, evidence=None) for result in results] for task, results in right.items()}
        return Passed(results, {task: self.clock.settled_s[task] for task in right}, list(self.attempts.notes), cpu_s)

    def accept(self, passed: Passed) -> None:
        """Use the results of the tasks that passed in another process."""
        self._settled |= passed.results
        self.clock.settled_s |= passed.seconds
        self.attempts.note(*passed.notes)

    def run(self, task: Task, references: tuple[ReferenceModule, ...] = ()) -> list[CheckResult]:
        """Results of all checks of a task that grades functions.

        They run in one process. A check that does not pass there is run again in its own process, so that no check loses marks because of
        what another one left behind; leaving something behind costs only the check that asks for independent calls.
        """
        if not references and task.id in self._settled:
            return self._settled.pop(task.id)
        checks = self._expected(task)
        if not references and task.id in self._begun:
            return self._run_isolated(task, checks, references, self._begun.pop(task.id))
        together: list[CheckResult] = []
        if not (self.isolated.suspect or any(self._reason_to_skip(task, c, []) for c in checks)):
            together = self._run_in_one_process(task, checks, references)
        results = self._run_isolated(task, checks, references, together)
        if any(_changed_its_mind(*pair) for pair in zip(together, results, strict=False)):
            _fail_for_what_was_kept(checks, results)
        return results

    def _run_isolated(
        self, task: Task, checks: tuple[Check, ...], references: tuple[ReferenceModule, ...], together: Sequence[CheckResult]
    ) -> list[CheckResult]:
        """Results of all checks: those that a shared process has settled, and the others, each run in its own process."""
        results: list[CheckResult] = []
        stopped = 0
        while len(results) < len(checks):
            number = len(results)
            check, following = checks[number], checks[number + 1 : number + 2]
            known = together[number] if number < len(together) else None
            if known and not needs_another_run(known):
                results.append(known)
                continue
            if reason := self._reason_to_skip(task, check, results):
                results.append(not_run(check, *reason))
                continue
            doubtful = known if known and self.isolated.is_doubtful(known) else None
            result = doubtful or self.isolated.run(task, check, references)
            found = [result]
            if result.stopped is Verdict.TIME_LIMIT:
                self.clock.put_off_if_hurried()
            if doubtful or self.isolated.is_doubtful(result):
                found = self._settle(task, check, following, references, result)
            for one in found:
                if one.stopped is Verdict.TIME_LIMIT:
                    stopped += 1
                    self.clock.count_time_verdict()
            results += found
        if stopped and not earned(results):
            self._endless |= set(task.functions)
        return results

    def _settle(
        self, task: Task, check: Check, following: Sequence[Check], references: tuple[ReferenceModule, ...], doubtful: CheckResult
    ) -> list[CheckResult]:
        """Results of a check that ran out of time alongside others, and perhaps of the one after it.

        If the next check does not end either, while no other runs, both verdicts are kept: an endless loop runs twice, not three
        times. Otherwise the first check is run again, also while no other runs.
        """
        second = [self.isolated.run_alone(task, c, references) for c in following if not self._reason_to_skip(task, c, [])]
        if doubtful.stopped is Verdict.TIME_LIMIT and second and second[0].stopped is Verdict.TIME_LIMIT:
            return [doubtful, *second]
        return [self.isolated.run_alone(task, check, references), *second]

    def can_be_loaded(self, task: Task) -> bool:
        """Whether the modules of a task that was run could be loaded at all."""
        return task_load(self.course, task).modules not in self.isolated.unloadable

    def _run_in_one_process(self, task: Task, checks: tuple[Check, ...], references: tuple[ReferenceModule, ...]) -> list[CheckResult]:
        """Results of the first checks, up to one that was stopped; none if the process has left something outside itself."""
        with self.clock.turn(turns.beside_others):
            try:
                process = self.tree.start(task_load(self.course, task), references, self.clock.left_s)
            except CheckStopped as stop:
                return [self.attempts.stopped(checks[0], stop)]
            results = self._run_together(process, task, checks)
            process.end()
            # What it left behind does not show which check did it.
            return [] if process.left_behind else results

    def _run_together(self, process: Process, task: Task, checks: Sequence[Check]) -> list[CheckResult]:
        """Results of the first checks, up to one that ended the process."""
        results: list[CheckResult] = []
        for check in checks:
            result = self.attempts.run(process, task, check).result
            results.append(result)
            if process.ended or result.stopped in LIMITS:
                break
        return results

    def _expected(self, task: Task) -> tuple[Check, ...]:
        """The checks of a task, after computing what they expect: that must not count towards the submission's time."""
        checks = checks_of(self.course, task)
        for check in checks:
            self.attempts.expectations.known(check)
        return checks

    def _reason_to_skip(self, task: Task, check: Check, results: Sequence[CheckResult]) -> tuple[Verdict, str] | None:
        """Verdict and reason if a check would only cost time, after these results of its task."""
        if verdict := self.isolated.unloadable.get(task_load(self.course, task).modules):
            return verdict, "its files cannot be imported"
        expected = self.attempts.expectations
        if endless := self._endless & reached(self.course, expected.path, expected.targets(check)):
            return Verdict.TIME_LIMIT, f"it needs {min(endless)}, which takes too long"
        stops = [r.stopped for r in results if r.stopped is not None and r.stopped.about.costs_time]
        if len(stops) >= MAX_STOPS_PER_TASK:
            return stops[0], "two checks before it were stopped"
        return (Verdict.TIME_LIMIT, "the submission has used up its time") if self.clock.used_up else None


def _changed_its_mind(together: CheckResult, alone: CheckResult) -> bool:
    """Whether a check failed after others in a shared process and passed in its own."""
    return alone.passed and not together.passed and together.stopped not in LIMITS


def _fail_for_what_was_kept(checks: Sequence[Check], results: list[CheckResult]) -> None:
    for check, result in zip(checks, results, strict=True):
        if check.name == INDEPENDENT and result.passed:
            result.passed, result.message, result.measured = False, KEPT, KEPT
