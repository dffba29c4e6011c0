"""Explains a submission's results from the evidence, after its checks have run: names of mistakes, or the nearest fact.

Naming and facts only choose words; scores come from `autograder.engine.scores`.
"""

from __future__ import annotations

from autograder.checking import Kind
from autograder.engine.expectations import Expectations
from autograder.engine.naming import hint, naming
from autograder.engine.result import TaskResult
from autograder.engine.settings import CheckedOutput, separation
from autograder.manifest import Course, Task
from autograder.verdicts import Verdict

STARTER = "It returns None, something empty, or zeros."
"""What is said about a function that does what a starter does."""


def explain(task: Task, result: TaskResult, course: Course, expected: Expectations, before: list[TaskResult]) -> None:
    """Name the mistake of a task that lost marks, or say the nearest fact; then drop the evidence.

    Parameters
    ----------
    result : the task's result; its ``mistakes``, ``hint`` and ``see`` are set.
    before : results of the tasks graded earlier, whose mistakes may appear here again.
    """
    kept = [c.evidence for c in result.checks if c.evidence is not None]
    for check in result.checks:
        check.evidence = None
    if result.verdict is Verdict.NOT_ATTEMPTED:
        result.hint = STARTER if any(e.worked_out is False for e in kept) else None
        return
    if not kept or all(e.passed for e in kept):
        return
    also = {m for r in before for m in r.mistakes} - set(result.mistakes)
    unknown = {f for r in before if _is_wrong_without_a_name(r) for f in course.task(r.id).functions}
    names = naming(course, expected.path, expected.seed)
    named = names.name(task, kept, also, unknown)
    if names.kept:
        names.kept.save()
    if named.mistakes:
        result.mistakes = [m.id for m in named.mistakes]
        result.hint = hint(named, course.feedback.hidden)
        result.see = named.mistakes[0].book
        leave_out_guesses(result, course.feedback.hidden)
    elif fact := separation([look for e in kept for look in e.outputs]):
        result.hint = _sentence(fact, [look for e in kept for look in e.outputs])


def _is_wrong_without_a_name(result: TaskResult) -> bool:
    """Whether a task's function is wrong in an unknown way; a broken contract names itself."""
    return not result.mistakes and any(not c.passed and c.kind is not Kind.CONTRACT for c in result.checks)


def _sentence(fact: str, outputs: list[CheckedOutput]) -> str:
    names = sorted({look.name for look in outputs if not look.passed})
    listed = " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
    return f"{listed} {'is' if len(names) == 1 else 'are'} {fact}."


def leave_out_guesses(result: TaskResult, level: str) -> None:
    """Remove the guesses if a mistake is named: what the numbers look like is only a guess, and may point elsewhere.

    Parameters
    ----------
    level : how much is said about a mistake; if it is only a pointer into the book, the guesses stay.
    """
    if not result.mistakes or level == "pointer":
        return
    for check in result.checks:
        check.message = check.measured or check.message
