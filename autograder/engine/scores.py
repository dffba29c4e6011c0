"""From the results of checks to the score and the verdict of a task."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checking import Kind
from autograder.engine.result import CheckResult, TaskResult
from autograder.manifest import Course, Task
from autograder.verdicts import LIMITS, UNFINISHED, Verdict

ATTEMPTED = 1 / 3
"""The share of its own points that makes a forward pass an attempt, when its mistake is not a known one."""
RIGHT_FOR_OWN_FORWARD = "right for your own forward pass, which is not right yet itself"


def task_result(task: Task, checks: list[CheckResult], verdict: Verdict | None = None) -> TaskResult:
    """The result of a task; its verdict follows from the checks unless it is given."""
    share = earned(checks)
    if verdict is None and is_starter(checks):
        # Checks that a starter passes anyway, such as unchanged arguments, earn nothing.
        share, verdict = 0.0, Verdict.NOT_ATTEMPTED
    score = round(task.points * share, 2)
    chosen = verdict or _verdict(checks, share)
    return TaskResult(task.id, task.function, task.notebook, chosen, score, float(task.points), checks=checks, see=task.book)


def is_starter(checks: Sequence[CheckResult]) -> bool:
    """Whether a function returns only None, something empty or zeros, as the starters of such courses do."""
    return any(c.worked_out is False for c in checks) and not any(c.worked_out or c.stopped in LIMITS for c in checks)


def is_unfinished(checks: Sequence[CheckResult]) -> bool:
    """Whether a task has not been started, as far as these checks show: its function returns nothing, or says that it is not finished."""
    unfinished = any(c.stopped in UNFINISHED or c.worked_out is False for c in checks)
    return unfinished and not any(c.worked_out or c.stopped in LIMITS for c in checks)


def _verdict(checks: Sequence[CheckResult], share: float) -> Verdict:
    if checks and all(c.passed for c in checks):
        return Verdict.PASSED
    if share > 0:
        return Verdict.PARTIAL
    stopped = [c.stopped for c in checks if not c.passed]
    for verdict in LIMITS:
        if verdict in stopped:
            return verdict
    # A call that must be refused and raises another error has failed, not stopped, so it does not say how the task ended.
    ends = {c.stopped for c in checks if c.kind is Kind.BEHAVIOUR and not c.passed}
    for verdict in (*UNFINISHED, Verdict.ERROR):
        if ends == {verdict}:
            return verdict
    return Verdict.FAILED


def earned(checks: Sequence[CheckResult]) -> float:
    """The share of a task's points that its checks earned; a function without a right value earns nothing for what it leaves unchanged."""
    if not any(c.passed or c.credit for c in checks if c.kind is Kind.BEHAVIOUR):
        return 0.0
    total = sum(c.weight for c in checks)
    return sum(c.weight * (1.0 if c.passed else c.credit) for c in checks) / total if total else 0.0


def give_credit(course: Course, results: Sequence[TaskResult]) -> None:
    """Give the manifest's credit to gradients that are right for the student's own forward pass.

    A forward pass that is not an attempt gives none, or returning zeros from both would pay: it must have earned a third of its own
    points, or have a mistake that the catalogue knows. A forward pass with full marks has one right gradient, and this is not it. Its
    output must depend on its input, which `own_gradient.own_forward` has tested.
    """
    by_function = {f: r for r in results for f in course.task(r.id).functions}
    attempted = {f: _attempted(r) for f, r in by_function.items()}
    for result in results:
        task = course.task(result.id)
        share = course.consistent_credit if task.consistent_credit is None else task.consistent_credit
        for check in result.checks:
            if not check.passed and check.own_forward and attempted.get(check.own_forward):
                check.credit = share
                check.message = f"{check.message}; {RIGHT_FOR_OWN_FORWARD}" if check.message else RIGHT_FOR_OWN_FORWARD
        if any(c.credit for c in result.checks):
            _rescore(task, result)


def _attempted(result: TaskResult) -> bool:
    return ATTEMPTED * result.max_score <= result.score < result.max_score or bool(result.mistakes)


def _rescore(task: Task, result: TaskResult) -> None:
    share = earned(result.checks)
    result.score = round(task.points * share, 2)
    if result.verdict != Verdict.PASSED and share > 0:
        result.verdict = Verdict.PARTIAL
