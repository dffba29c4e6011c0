"""What people read as the names of tasks and questions: the headings of the notebook sources, never their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from autograder.manifest import Course, Question, Task

_CELL = re.compile(r"# %%(?P<kind> \[markdown\])?(?:.*?\b(?:check|question)=\"(?P<id>[^\"]+)\")?")
_HEADING = re.compile(r"# #+ (.+)")
_QUESTION = re.compile(r"question: *", re.IGNORECASE)


def task_title(course: Course, task: Task) -> str:
    """The heading above the check of a task, such as ``Dropout: backward``; what the task is about if there is none."""
    return _title_of_task(_titles(course), task)


def question_title(course: Course, question: Question) -> str:
    """The heading above the answer of a question, such as ``Weight scale``; its id in words if there is none."""
    return _title_of_question(_titles(course), question)


def titles(course: Course) -> dict[str, str]:
    """Id of a task or a question -> its title."""
    found = _titles(course)
    return {t.id: _title_of_task(found, t) for t in course.tasks} | {q.id: _title_of_question(found, q) for q in course.questions}


def full_titles(course: Course) -> dict[str, str]:
    """The same, with the function of each task, since tasks of one section share their heading."""
    found = titles(course)
    return found | {t.id: f"{found[t.id]} ({t.function})" for t in course.tasks}


def with_titles(text: str, names: Mapping[str, str]) -> str:
    """A note about the submission with titles in place of ids: before its colon, and where it mentions a cell."""
    first, colon, rest = text.partition(": ")
    if colon and first in names:
        text = f"{names[first]}: {rest}"
    return re.sub(r"\bthe cell ([a-z0-9-]+)", lambda m: f"the cell “{names[m[1]]}”" if m[1] in names else m[0], text)


def _title_of_task(headings: Mapping[str, str], task: Task) -> str:
    return headings.get(task.id) or task.function


def _title_of_question(headings: Mapping[str, str], question: Question) -> str:
    title = _QUESTION.sub("", headings.get(question.id, ""), count=1) or question.id.replace("-", " ")
    return title[:1].upper() + title[1:]


def _titles(course: Course) -> Mapping[str, str]:
    return _all_headings(tuple((n.source, n.source.stat().st_mtime_ns) for n in course.notebooks if n.source.is_file()))


@lru_cache(maxsize=64)
def _all_headings(sources: tuple[tuple[Path, int], ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path, changed in sources:
        found |= _headings(path, changed)
    return found


@lru_cache(maxsize=64)
def _headings(path: Path, _changed: int) -> dict[str, str]:
    """Id of a check or a question -> the last heading before it; the time of change only says when to read again."""
    found: dict[str, str] = {}
    heading, in_text = "", False
    for line in path.read_text(encoding="utf-8").splitlines():
        if cell := _CELL.match(line):
            in_text = bool(cell["kind"])
            if cell["id"]:
                found.setdefault(cell["id"], heading)
        elif in_text and (match := _HEADING.fullmatch(line)):
            heading = match[1].strip()
    return found
