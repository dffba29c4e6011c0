"""Locates faults in a student's own text: the line that raised, and the lines that compute a wrong output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.engine.messages import raised_at, wrong_output
from autograder.manifest import Course, Task
from autograder.pages.source_lines import Definition, SourceText
from autograder.paths import module_name

MOST_LINES = 3
"""An output that is computed in more places than this is not marked."""
Sources = Mapping[str, SourceText]
"""Editable file -> its text as handed in."""
Checks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Mark:
    """A line, and why it is marked."""

    file: str
    line: int
    why: str


def marks_of(course: Course, task: Task, failed: Checks, sources: Sources) -> list[Mark]:
    """The marks of a task that lost points."""
    places = dict.fromkeys(place for check in failed if (place := raised_at(check["message"])))
    raised = [Mark(p.file, p.line, f"{p.kind} was raised here" if p.kind else "Python cannot read this") for p in places]
    return raised + [mark for file, own in own_definitions(course, task, sources) for mark in _wrong_outputs(file, own, failed)]


def _wrong_outputs(file: str, own: Definition, failed: Checks) -> Iterator[Mark]:
    """The lines that compute outputs that are not right."""
    wrong = {name for check in failed if (name := wrong_output(check["message"]))}
    given_back = next((set(s.pieces) for s in reversed(own.statements) if s.pieces[:1] == ("return",)), set())
    for name in sorted(wrong & given_back):
        lines = [s.first for s in own.statements if name in s.assigned()]
        if len(lines) <= MOST_LINES:
            yield from (Mark(file, line, f"{name}, not right yet, is computed here") for line in lines)


def own_definitions(course: Course, task: Task, sources: Sources) -> Iterator[tuple[str, Definition]]:
    """The student's functions of a task: file and definition of each that is found."""
    for function in task.functions:
        file, name = place_of(course, function)
        if file in sources and (own := sources[file].definition(name)) is not None:
            yield file, own


def place_of(course: Course, function: str) -> tuple[str, str]:
    """The file of a function and its name there: ``layers.relu_forward`` is ``relu_forward`` of ``layers.py``."""
    file = next(f for f in course.editable if function.startswith(module_name(f) + "."))
    return file, function.removeprefix(module_name(file) + ".")
