"""Grades one submission: a pure function of its bytes, the course and the seed (except for the time it took)."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from autograder.engine.attempt import Attempts
from autograder.engine.below import Below
from autograder.engine.catalogue import checks_of
from autograder.engine.clock import Clock
from autograder.engine.copied import notes_on_copies
from autograder.engine.expectations import Expectations, expectations
from autograder.engine.explain import explain
from autograder.engine.kept_answers import KeptAnswers
from autograder.engine.kept_files import kept_files
from autograder.engine.lanes import divided
from autograder.engine.messages import Messages
from autograder.engine.result import Result, TaskResult
from autograder.engine.schedule import Passed, Schedule
from autograder.engine.scores import give_credit, task_result
from autograder.engine.second_run import SecondRun
from autograder.engine.trained_networks import grade_network
from autograder.intake.assemble import assemble_for_sandbox
from autograder.intake.reference import reference_path
from autograder.intake.submission import StagedSubmission, stage_submission
from autograder.manifest import Assignment, Course, Task
from autograder.paths import printable
from autograder.processes import cores, in_a_copy
from autograder.sandbox import sandbox
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.limits import DEFAULT_LIMITS, Limits
from autograder.sandbox.process_tree import ProcessTree
from autograder.sandbox.sandbox import Mounts
from autograder.verdicts import Verdict

Progress = Callable[[str], None]


def grade_submission(
    path: str | Path,
    course: Course,
    assignment: Assignment | str,
    seed: int | str,
    *,
    unsafe_no_sandbox: bool = False,
    tasks: Collection[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    name: str | None = None,
    hurry: bool = False,
    all_cores: bool = False,
    keep: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Grade one submission.

    Parameters
    ----------
    path : folder or zip.
    course, assignment : what is graded.
    seed : the workspace's secret; inputs of the hidden checks depend on it.
    unsafe_no_sandbox : run the code as an ordinary process. Only for your own code.
    tasks : ids to grade; all of the assignment by default. ``KeyError`` for an id that the manifest lacks.
    limits : what the submission may use.
    name : what the result document calls the submission; the last part of the path by default.
    hurry : give up if a check uses up its time, since others may be waiting.
    all_cores : use all cores for this submission, since nothing else needs them.
    keep : read and keep on disk what the reference answers, for later processes with the same seed; never without a sandbox.
    progress : called with the id of each task before it is graded.

    Raises
    ------
    SandboxUnavailable
        When there is no working sandbox and ``unsafe_no_sandbox`` was not asked for.
    CatalogueError
        When a hidden check fails on the reference.
    SlowWork
        When a check uses up its time and ``hurry`` was asked for.

    Notes
    -----
    Do not call this from several threads at once: while expected values are computed, ``import coursenn`` means the reference.
    """
    started, used = time.monotonic(), time.process_time()
    if not unsafe_no_sandbox and (problem := sandbox.missing()):
        raise SandboxUnavailable(problem)
    chosen = course.assignment(assignment) if isinstance(assignment, str) else assignment
    result = Result(printable(name or Path(path).resolve().name), course.version, chosen.name)
    named = None if tasks is None else {course.task(t).id for t in tasks}
    wanted = [t for t in course.tasks_of(chosen) if named is None or t.id in named]
    with result.stage("intake"):
        taken = stage_submission(path, course, chosen)
    with taken as staged:
        result.refused, result.notes = staged.refused, staged.notes
        if staged.not_gradable:
            result.status, result.reason = "not_gradable", staged.not_gradable
            result.tasks = [task_result(t, [], Verdict.MISSING) for t in wanted]
        else:
            expected = _expectations(course, seed, keep and not unsafe_no_sandbox)
            grading = _Grading(staged, course, result, expected, limits, unsafe_no_sandbox)
            grading.run(wanted, progress, hurry, all_cores)
    result.elapsed_s = round(time.monotonic() - started, 3)
    result.cpu_s = round(result.cpu_s + time.process_time() - used, 3)
    return result


def _expectations(course: Course, seed: int | str, keep: bool) -> Expectations:
    reference = reference_path(course)
    expected = expectations(reference, seed)
    if keep and expected.kept is None and (files := kept_files(course, reference, seed)):
        expected.kept = KeptAnswers(files)
    return expected


class _Grading:
    """The grading of one submission."""

    def __init__(
        self, staged: StagedSubmission, course: Course, result: Result, expected: Expectations, limits: Limits, unsafe: bool
    ) -> None:
        self.staged, self.course, self.result, self.expected, self.limits, self.unsafe = staged, course, result, expected, limits, unsafe
        self.work = Path(tempfile.mkdtemp(prefix="coursenn-grade-"))
        models = staged.root / "models"
        with result.stage("intake"):
            self.package = assemble_for_sandbox(staged, self.work, course)
        self.mounts = Mounts(self.package, models if models.is_dir() else None)

    def run(self, tasks: list[Task], progress: Progress | None, hurry: bool, all_cores: bool) -> None:
        """Grade the tasks, in order."""
        tree = ProcessTree(self.course, self.mounts, self.limits, self.unsafe)
        settling = [t for t in tasks if not t.model]
        lanes = divided(self.course, self.expected.path, settling, cores()) if all_cores else [settling]
        elsewhere = [in_a_copy(partial(self._passed_elsewhere, lane)) for lane in lanes[1:]]
        try:
            with self.result.stage("sandbox"):
                tree.open()
            self._prepare(lanes[0])
            tree.require_working()
            with self.result.stage("checks"):
                schedule = self._schedule(tree, Clock(self.limits, tree, hurry))
                schedule.settle(lanes[0])
                # Meanwhile, the copies of this process are still at work: these tasks do not need their results.
                networks = {t.id: self._network(t, schedule) for t in tasks if t.model}
                self._accept(elsewhere, schedule)
                if rest := [t for lane in lanes[1:] for t in lane if not schedule.is_settled(t)]:
                    self._prepare(rest)
                    schedule.settle(rest)
                self._first_run(tasks, schedule, networks, progress)
            # A run over the reference never shares a sandbox with a run without it.
            tree.close()
            with self.result.stage("second run"):
                again = [t for t in tasks if t.functions and schedule.can_be_loaded(t)]
                self._second_run(again, self._schedule(tree, schedule.clock, quiet=True), progress)
            give_credit(self.course, self.result.tasks)
        finally:
            while elsewhere:
                elsewhere.pop()()
            tree.close()
            self.result.cpu_s += tree.closed_cpu_s
            shutil.rmtree(self.work, ignore_errors=True)

    def _prepare(self, tasks: list[Task]) -> None:
        self.expected.prepare([check for task in tasks for check in checks_of(self.course, task)])

    def _passed_elsewhere(self, tasks: list[Task]) -> Passed:
        """Settle some tasks in another sandbox and return those that pass; called in a copy of this process."""
        used = time.process_time()
        tree = ProcessTree(self.course, self.mounts, self.limits, self.unsafe)
        try:
            tree.open()
            self._prepare(tasks)
            schedule = self._schedule(tree, Clock(self.limits, tree))
            schedule.settle(tasks)
        finally:
            tree.close()
        return schedule.passed(tree.closed_cpu_s + time.process_time() - used)

    def _accept(self, elsewhere: list[Callable[[], Passed | None]], schedule: Schedule) -> None:
        """Wait for the copies of this process, and use the results of the tasks that passed there."""
        while elsewhere:
            if passed := elsewhere.pop()():
                schedule.accept(passed)
                self.result.cpu_s += passed.cpu_s

    def _network(self, task: Task, schedule: Schedule) -> TaskResult:
        """The result of a task in which a network is trained."""
        started = time.monotonic()
        graded = grade_network(task, self.staged, self.course, schedule.tree, schedule.attempts.messages, self.expected)
        graded.elapsed_s = round(time.monotonic() - started, 3)
        return graded

    def _first_run(self, tasks: list[Task], schedule: Schedule, networks: dict[str, TaskResult], progress: Progress | None) -> None:
        for task in tasks:
            if progress:
                progress(task.id)
            started = time.monotonic() - schedule.clock.settled_s.get(task.id, 0.0)
            graded = networks.get(task.id) or task_result(task, schedule.run(task))
            explain(task, graded, self.course, self.expected, self.result.tasks)
            graded.elapsed_s = round(graded.elapsed_s + time.monotonic() - started, 3)
            self.result.tasks.append(graded)
        self.result.notes = [*self.result.notes, *schedule.attempts.notes, *notes_on_copies(self.course, self.package, tasks)]

    def _second_run(self, tasks: list[Task], schedule: Schedule, progress: Progress | None) -> None:
        below = Below(self.course, self.expected.path, self.package)
        second = SecondRun(self.course, self.expected, schedule, self.result, below)
        for task in second.tasks(tasks):
            if progress:
                progress(f"{task.id}, over the reference layers")
            second.run(task)

    def _schedule(self, tree: ProcessTree, clock: Clock, quiet: bool = False) -> Schedule:
        messages = Messages(self.course, self.package, quiet)
        return Schedule(Attempts(self.course, tree, self.expected, self.limits, messages, quiet), tree, clock)
