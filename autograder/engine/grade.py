"""Grades one submission: a pure function of its bytes, the course and the seed (apart from the time it took)."""

from __future__ import annotations

import functools
import marshal
import shutil
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from autograder.engine.catalogue import Expectations, expectations, grader_of_models, module_of, modules_of, number
from autograder.engine.explain import credit, earned, explain
from autograder.engine.messages import Messages
from autograder.engine.result import CheckResult, Result, TaskResult
from autograder.engine.runner import Runner
from autograder.intake.assemble import assemble_staged
from autograder.intake.reference import reference_path
from autograder.intake.submission import StagedSubmission, stage_submission
from autograder.manifest import Assignment, Course, Task
from autograder.paths import printable
from autograder.sandbox import sandbox
from autograder.sandbox.limits import DEFAULT, Limits
from autograder.sandbox.processes import Processes, Reference
from autograder.sandbox.sandbox import Mounts, SandboxUnavailable

Progress = Callable[[str], None]
STOPS = ("time_limit", "memory_limit", "output_limit", "process_limit", "killed")
LAYERS = ("layers", "layer_utils")
"""What networks are built on, each on those before it."""
MAX_LAYERS_OF_A_MODEL = 20


def grade_submission(
    path: str | Path,
    course: Course,
    assignment: Assignment | str,
    seed: int | str,
    *,
    unsafe_no_sandbox: bool = False,
    tasks: Collection[str] | None = None,
    limits: Limits = DEFAULT,
    name: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Grade one submission.

    Parameters
    ----------
    path : folder or zip.
    course, assignment : what is graded.
    seed : the workspace's secret; inputs of the hidden checks depend on it.
    unsafe_no_sandbox : run the code as an ordinary process. For code of one's own only.
    tasks : ids to grade; all of the assignment by default. ``KeyError`` for an id that the manifest lacks.
    limits : what the submission may use.
    name : what the result document calls the submission; the last part of the path by default.
    progress : called with the id of each task before it is graded.

    Raises
    ------
    SandboxUnavailable
        When there is no working sandbox and ``unsafe_no_sandbox`` was not asked for.
    CatalogueError
        When a hidden check does not hold on the reference.

    Notes
    -----
    Not for several threads of one process at once: while expected values are computed, ``import coursenn`` means the reference.
    """
    started = time.monotonic()
    if not unsafe_no_sandbox and (problem := sandbox.problem()):
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
            result.tasks = [_task_result(t, [], "missing") for t in wanted]
        else:
            _Grading(staged, course, result, expectations(reference_path(course), seed), limits, unsafe_no_sandbox).run(wanted, progress)
    result.elapsed_s = round(time.monotonic() - started, 3)
    return result


class _Grading:
    """One submission on its way to a result."""

    def __init__(
        self, staged: StagedSubmission, course: Course, result: Result, expected: Expectations, limits: Limits, unsafe: bool
    ) -> None:
        self.staged, self.course, self.result, self.expected, self.limits, self.unsafe = staged, course, result, expected, limits, unsafe
        self.work = Path(tempfile.mkdtemp(prefix="coursenn-grade-"))
        with result.stage("intake"):
            self.package = assemble_staged(staged, self.work, course)

    def run(self, tasks: list[Task], progress: Progress | None) -> None:
        """Grade the tasks, in order."""
        models = self.staged.root / "models"
        mounts = Mounts(self.package, models if models.is_dir() else None)
        processes = Processes(self.course, mounts, self.limits, self.unsafe)
        try:
            with self.result.stage("sandbox"):
                processes.open()
            with self.result.stage("checks"):
                runner = self._first_run(tasks, processes, progress)
            # What runs over the reference never shares a sandbox with what ran without it.
            processes.close()
            with self.result.stage("second run"):
                self._second_runs([t for t in tasks if t.second_run and runner.loads(t)], self._runner(processes, quiet=True), progress)
            credit(self.course, self.result.tasks)
        finally:
            processes.close()
            shutil.rmtree(self.work, ignore_errors=True)

    def _first_run(self, tasks: list[Task], processes: Processes, progress: Progress | None) -> Runner:
        runner = self._runner(processes)
        runner.upcoming = [t for t in tasks if not t.model]
        for task in tasks:
            if progress:
                progress(task.id)
            started = time.monotonic()
            graded = self._model(runner, task) if task.model else _task_result(task, runner.run(task))
            explain(task, graded, self.course, self.expected, self.result.tasks)
            graded.elapsed_s = round(max(0.0, time.monotonic() - started + runner.shifted_s[task.id]), 3)
            self.result.tasks.append(graded)
        self.result.notes = [*self.result.notes, *runner.notes]
        return runner

    def _runner(self, processes: Processes, quiet: bool = False) -> Runner:
        messages = Messages(self.course, self.package, quiet)
        return Runner(self.course, processes, self.expected, self.limits, messages, quiet)

    def _references(self, task: Task) -> tuple[Reference, ...]:
        """The reference's modules below a task. The file that a task is written in is never among them."""
        own = modules_of(self.course, task)
        below = LAYERS[: min((LAYERS.index(m) for m in own if m in LAYERS), default=len(LAYERS))]
        return tuple(self._reference(m) for m in below if f"{m}.py" in self.course.editable)

    def _reference(self, module: str) -> Reference:
        return Reference(module, tuple(self._graded_names(module)), reference_code(self.expected.path / "coursenn" / f"{module}.py"))

    def _graded_names(self, module: str) -> list[str]:
        functions = [f for t in self.course.tasks for f in t.functions if module_of(self.course, f) == module]
        return sorted({f.removeprefix(module + ".") for f in functions})

    def _model(self, runner: Runner, task: Task) -> TaskResult:
        assert task.model is not None
        if task.model not in self.staged.models:
            return _task_result(task, [CheckResult(f"{task.model} is handed in", False, "the file is not there")], "missing")
        arrays = runner.fetch_model(Path(task.model).name, _model_names())
        if isinstance(arrays, CheckResult):
            return _task_result(task, [arrays])
        secret = number(self.expected.seed, "images for trained networks") % (1 << 32)
        grade = grader_of_models(self.course, task)
        try:
            with np.errstate(all="ignore"):
                checks = [CheckResult(n, bool(ok), m, w) for n, ok, m, w in grade(task.id, arrays, secret)]
        except Exception:
            # Arrays of odd shapes and sizes are the student's doing and end in a verdict like everything else.
            checks = [CheckResult("the saved network can be evaluated", False, "its arrays do not fit together", 1.0, "error")]
        return _task_result(task, checks)

    def _second_runs(self, tasks: list[Task], runner: Runner, progress: Progress | None) -> None:
        """Grade tasks that build on other tasks again over the reference's layers, and keep the better score.

        One sandbox does for all of them, in an order that lets no process have more of the reference than a later one may.
        """
        by_id = {r.id: i for i, r in enumerate(self.result.tasks)}
        lost = [t for t in tasks if self._worth_another(self.result.tasks[by_id[t.id]])]
        for task in sorted(lost, key=lambda t: len(self._references(t))):
            if progress:
                progress(f"{task.id}, over the reference layers")
            self._keep_better(by_id[task.id], task, runner)

    @staticmethod
    def _worth_another(result: TaskResult) -> bool:
        return result.score < result.max_score and result.verdict not in ("not_attempted", "missing")

    def _keep_better(self, index: int, task: Task, runner: Runner) -> None:
        first, started = self.result.tasks[index], time.monotonic()
        second = _task_result(task, runner.run(task, self._references(task)))
        # Over right layers the task's own mistakes are seen for themselves.
        explain(task, second, self.course, self.expected, [])
        if second.score <= first.score:
            if second.mistakes and not first.mistakes:
                first.mistakes, first.hint, first.see = second.mistakes, second.hint, second.see
            return
        by_name = {c.name: c for c in first.checks}
        for check in second.checks:
            before = by_name[check.name]
            if not check.passed and not before.passed:
                check.message, check.stopped = before.message, before.stopped
            elif check.passed and not before.passed:
                check.message = "right over the reference layers"
        second.elapsed_s = round(first.elapsed_s + time.monotonic() - started, 3)
        self.result.tasks[index] = second
        self.result.notes.append(f"{task.id}: graded over the reference layers, because mistakes in layers cost their marks only once")


@functools.lru_cache(maxsize=8)
def reference_code(path: Path) -> bytes:
    """A file of the reference as code that the interpreter in a sandbox can read; it is never a file in there."""
    return marshal.dumps(compile(path.read_text(encoding="utf-8"), f"<reference {path.name}>", "exec", dont_inherit=True))


def _task_result(task: Task, checks: list[CheckResult], verdict: str | None = None) -> TaskResult:
    share = earned(checks)
    score = round(task.points * share, 2)
    chosen = verdict or _verdict(checks, share)
    return TaskResult(task.id, task.function, task.notebook, chosen, score, float(task.points), checks=checks, see=task.book)


def _verdict(checks: list[CheckResult], share: float) -> str:
    if checks and all(c.passed for c in checks):
        return "passed"
    if share > 0:
        return "partial"
    stopped = [c.stopped for c in checks if not c.passed]
    for verdict in STOPS:
        if verdict in stopped:
            return verdict
    for verdict in ("not_attempted", "missing"):
        if stopped and all(s == verdict for s in stopped):
            return verdict
    return "error" if stopped and all(s == "error" for s in stopped) else "failed"


def _model_names() -> list[str]:
    numbers = range(MAX_LAYERS_OF_A_MODEL + 1)
    names = ["format", "hidden_dims", "normalization", "mean_image"]
    names += [f"param_{kind}{i}" for kind in ("W", "b", "gamma", "beta") for i in numbers]
    return names + [f"running_{kind}_{i}" for kind in ("mean", "var") for i in numbers]
