"""Grades again, over the reference's layers, tasks that build on other tasks: a mistake costs its marks only once."""

from __future__ import annotations

import time
from collections.abc import Sequence

from autograder.engine.below import Below
from autograder.engine.calls import family
from autograder.engine.expectations import Expectations
from autograder.engine.explain import explain, leave_out_guesses
from autograder.engine.result import Result, TaskResult
from autograder.engine.schedule import Schedule
from autograder.engine.scores import task_result
from autograder.manifest import Course, Task
from autograder.verdicts import UNFINISHED


class SecondRun:
    """The second run over one submission. Its sandboxes never ran anything without the reference."""

    def __init__(self, course: Course, expected: Expectations, schedule: Schedule, result: Result, below: Below) -> None:
        self.course, self.expected, self.schedule, self.result, self.below = course, expected, schedule, result, below
        self._present: set[str] = set()
        """Functions of the reference that the sandbox has received."""

    def tasks(self, candidates: Sequence[Task]) -> list[Task]:
        """The tasks that may gain because they call other graded functions; those that call few come before those that call many."""
        graded = {r.id: r for r in self.result.tasks}
        found = [t for t in candidates if t.functions and _may_gain(graded[t.id]) and self.below.functions(t)]
        return sorted(found, key=lambda t: len(self.below.functions(t)))

    def run(self, task: Task) -> None:
        """Grade a task again and keep the better score."""
        index = next(i for i, r in enumerate(self.result.tasks) if r.id == task.id)
        first, started = self.result.tasks[index], time.monotonic()
        functions = self.below.functions(task)
        if not self._present.isdisjoint(self.below.kept_out(task)):
            # The reference's versions of its functions are here, for another task. What a check could leave behind ends with the sandbox.
            self.schedule.tree.close()
            self._present.clear()
        self._present |= functions
        second = task_result(task, self.schedule.run(task, self.below.modules(functions)))
        # Over right layers only the task's own mistakes show; functions that share a cache with it are still the student's.
        explain(task, second, self.course, self.expected, [r for r in self.result.tasks if r.id != task.id and self._is_kin(r.id, task)])
        if second.score <= first.score:
            if second.mistakes and not first.mistakes:
                first.mistakes, first.hint, first.see = second.mistakes, second.hint, second.see
                leave_out_guesses(first, self.course.feedback.hidden)
            return
        _merge_messages(first, second)
        leave_out_guesses(second, self.course.feedback.hidden)
        second.elapsed_s = round(first.elapsed_s + time.monotonic() - started, 3)
        self.result.tasks[index] = second
        self.result.notes.append(f"{task.id}: graded over the reference layers, because mistakes in layers cost their marks only once")

    def _is_kin(self, other: str, task: Task) -> bool:
        """Whether a function of another task shares a cache with one of this task."""
        kin = frozenset[str]().union(*(family(self.course, f) for f in task.functions))
        return not kin.isdisjoint(self.course.task(other).functions)


def _may_gain(result: TaskResult) -> bool:
    return result.score < result.max_score and result.verdict not in UNFINISHED


def _merge_messages(first: TaskResult, second: TaskResult) -> None:
    """In the result that counts, say for each check how it went over the student's own layers."""
    by_name = {c.name: c for c in first.checks}
    for check in second.checks:
        before = by_name[check.name]
        if not check.passed and not before.passed:
            check.message, check.measured, check.stopped = before.message, before.measured, before.stopped
        elif check.passed and not before.passed:
            check.message = check.measured = "right over the reference layers"
