"""The reference with only one sentence of a docstring broken, for sentences that no entry of the catalogue breaks.

These versions prove sentences (`autograder.audit.sentences`). Feedback does not name them, since no student was seen to write them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.checked_data import Table, read_toml
from autograder.manifest import Course, Task
from autograder.mistakes import Mistake
from autograder.mistakes.entries import Change
from autograder.paths import module_name

BROKEN = Path(__file__).resolve().parent / "broken_sentences.toml"


class Broken(Change, frozen=True, kw_only=True):
    """One version: how the reference is changed, and the sentence that does not hold for it.

    Parameters
    ----------
    scope : the function or ``Class.method`` that is changed, if it is not the first function of the task.
    """

    task: str
    breaks: str


class BrokenFile(Table, frozen=True):
    """``broken_sentences.toml``."""

    broken: tuple[Broken, ...]


def broken_sentences(course: Course, task: Task, path: Path = BROKEN) -> Iterator[Mistake]:
    """The versions for a task."""
    file = next(f for f in course.editable if task.functions[0].startswith(f"{module_name(f)}."))
    scope = task.functions[0].removeprefix(f"{module_name(file)}.")
    for number, entry in enumerate(read_toml(path, BrokenFile).broken, start=1):
        if entry.task == task.id:
            yield Mistake(
                id=f"{task.id}-broken-{number}: {entry.breaks}",
                task=task.id,
                says="",
                asks="",
                book=task.book,
                file=file,
                scope=entry.scope or scope,
                old=entry.old,
                new=entry.new or "",
                code=entry.code,
            )
