"""What is made of the evidence when a submission's checks have run: names, facts, and credit for a gradient of its own.

Scores come from checks and from the manifest's credit alone; naming and facts only choose words.
"""

from __future__ import annotations

from autograder.engine.catalogue import Expectations
from autograder.engine.naming import hint, naming
from autograder.engine.result import CheckResult, TaskResult
from autograder.engine.settings import Look, separation
from autograder.manifest import Course, Task

ATTEMPTED = 1 / 3
"""The share of its own points that makes a forward pass an attempt, when its mistake is not a known one."""
OWN = "right for your own forward pass, which is not right yet itself"


def explain(task: Task, result: TaskResult, course: Course, expected: Expectations, before: list[TaskResult]) -> None:
    """Name the mistake of a task that lost marks, or say the nearest fact; the evidence is let go.

    Parameters
    ----------
    result : of the task; its ``mistakes``, ``hint`` and ``see`` are set.
    before : results of the tasks graded earlier, whose mistakes may be met here again.
    """
    kept = [c.evidence for c in result.checks if c.evidence is not None]
    for check in result.checks:
        check.evidence = None
    if not kept or all(e.passed for e in kept):
        return
    also = {m for r in before for m in r.mistakes} - set(result.mistakes)
    named = naming(course, expected.path, expected.seed).name(task, kept, also)
    if named.mistakes:
        result.mistakes = [m.id for m in named.mistakes]
        result.hint = hint(named, course.feedback.hidden)
        result.see = named.mistakes[0].book
    elif fact := separation([look for e in kept for look in e.looks]):
        result.hint = _sentence(fact, [look for e in kept for look in e.looks])


def _sentence(fact: str, looks: list[Look]) -> str:
    names = sorted({look.name for look in looks if not look.passed})
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} {fact}."


def credit(course: Course, results: list[TaskResult]) -> None:
    """Give the manifest's credit to gradients that are right for the student's own forward pass.

    A forward pass that was no attempt gives none, or returning zeros from both would pay: it must have earned a third of its own
    points, or have a mistake that the catalogue knows. One with full marks has one right gradient, which this is not. Its output
    must have depended on its input, which `own_forward` saw to.
    """
    by_function = {f: r for r in results for f in course.task(r.id).functions}
    attempted = {f: _attempted(r) for f, r in by_function.items()}
    for result in results:
        task = course.task(result.id)
        share = course.consistent_credit if task.consistent_credit is None else task.consistent_credit
        for check in result.checks:
            if not check.passed and check.own_forward and attempted.get(check.own_forward):
                check.credit = share
                check.message = f"{check.message}; {OWN}" if check.message else OWN
        if any(c.credit for c in result.checks):
            rescore(task, result)


def _attempted(result: TaskResult) -> bool:
    return ATTEMPTED * result.max_score <= result.score < result.max_score or bool(result.mistakes)


def rescore(task: Task, result: TaskResult) -> None:
    """The score from the checks, credit included."""
    share = earned(result.checks)
    result.score = round(task.points * share, 2)
    if result.verdict != "passed" and share > 0:
        result.verdict = "partial"


def earned(checks: list[CheckResult]) -> float:
    """The share of a task's points that its checks earned."""
    total = sum(c.weight for c in checks)
    return sum(c.weight * (1.0 if c.passed else c.credit) for c in checks) / total if total else 0.0
