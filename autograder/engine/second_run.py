"""Grades tasks that build on other tasks again, over the reference's layers: a mistake costs its marks once."""

from __future__ import annotations

import functools
import marshal
import time
from collections.abc import Sequence
from pathlib import Path

from autograder.engine.catalogue import module_of, task_modules
from autograder.engine.expectations import Expectations
from autograder.engine.explain import explain, leave_out_guesses
from autograder.engine.result import Result, TaskResult
from autograder.engine.schedule import Schedule
from autograder.engine.scores import task_result
from autograder.manifest import Course, Task
from autograder.paths import module_name
from autograder.sandbox.process_tree import ReferenceModule
from autograder.verdicts import UNFINISHED

LAYERS = ("layers", "layer_utils")
"""What networks are built on, each on those before it."""


class SecondRun:
    """The second run over one submission. One sandbox does for all tasks, since it never ran anything without the reference."""

    def __init__(self, course: Course, expected: Expectations, schedule: Schedule, result: Result) -> None:
        self.course, self.expected, self.schedule, self.result = course, expected, schedule, result

    def tasks(self, candidates: Sequence[Task]) -> list[Task]:
        """Those that may gain, in an order that lets no process have more of the reference than a later one may."""
        graded = {r.id: r for r in self.result.tasks}
        return sorted((t for t in candidates if _may_gain(graded[t.id])), key=lambda t: len(self._references(t)))

    def run(self, task: Task) -> None:
        """Grade a task again and keep the better score."""
        index = next(i for i, r in enumerate(self.result.tasks) if r.id == task.id)
        first, started = self.result.tasks[index], time.monotonic()
        second = task_result(task, self.schedule.run(task, self._references(task)))
        # Over right layers the task's own mistakes are seen for themselves.
        explain(task, second, self.course, self.expected, [])
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

    def _references(self, task: Task) -> tuple[ReferenceModule, ...]:
        """The reference's modules below a task. The file that a task is written in is never among them."""
        own = task_modules(self.course, task)
        below = LAYERS[: min((LAYERS.index(m) for m in own if m in LAYERS), default=len(LAYERS))]
        editable = set(map(module_name, self.course.editable))
        return tuple(self._reference(m) for m in below if m in editable)

    def _reference(self, module: str) -> ReferenceModule:
        return ReferenceModule(module, tuple(self._graded_names(module)), _compiled(self.expected.path / "coursenn" / f"{module}.py"))

    def _graded_names(self, module: str) -> list[str]:
        functions = [f for t in self.course.tasks for f in t.functions if module_of(self.course, f) == module]
        return sorted({f.removeprefix(module + ".") for f in functions})


def _may_gain(result: TaskResult) -> bool:
    return result.score < result.max_score and result.verdict not in UNFINISHED


def _merge_messages(first: TaskResult, second: TaskResult) -> None:
    """In the result that counts, say of each check what the student's own layers made of it."""
    by_name = {c.name: c for c in first.checks}
    for check in second.checks:
        before = by_name[check.name]
        if not check.passed and not before.passed:
            check.message, check.measured, check.stopped = before.message, before.measured, before.stopped
        elif check.passed and not before.passed:
            check.message = check.measured = "right over the reference layers"


@functools.lru_cache(maxsize=8)
def _compiled(path: Path) -> bytes:
    """A file of the reference as code that the interpreter in a sandbox can read; it is never a file in there."""
    return marshal.dumps(compile(path.read_text(encoding="utf-8"), f"<reference {path.name}>", "exec", dont_inherit=True))
