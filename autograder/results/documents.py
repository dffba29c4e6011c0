"""Validates result documents before they count, wherever they come from."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from autograder.checked_data import DataError, checked, value_text
from autograder.engine.result_document import ResultDocument, TaskDocument
from autograder.manifest import Assignment, Course, Task

Document = dict[str, Any]

MAX_BYTES = 4 << 20
_CENT = 0.011
"""A total is rounded to cents, its parts are not."""


class InvalidDocument(ValueError):
    """A result document that must not count; the message says what is wrong with it."""


def digest(document: Document) -> str:
    """A digest of the content, independent of the layout of the file."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def parse(text: bytes | str) -> Any:
    """Untrusted JSON of a bounded size.

    Raises
    ------
    InvalidDocument
        When it is too large or not JSON.
    """
    if len(text) > MAX_BYTES:
        raise InvalidDocument(f"larger than {MAX_BYTES >> 20} MB")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument("not JSON, or only a part of it") from error


def validate(document: Any, course: Course, assignment: Assignment | str, submission: str, *, stored: bool = False) -> Document:
    """The document, when it is one of that submission: schema, names, ids and ranges.

    Parameters
    ----------
    stored : whether it was validated before and kept. It then names the version that graded, which may be an earlier one: a release
        that changes no result outdates none.

    Raises
    ------
    InvalidDocument
        When it holds anything other than a result of that submission, assignment and course.
    """
    chosen = course.assignment(assignment) if isinstance(assignment, str) else assignment
    try:
        result = checked(document, ResultDocument)
    except DataError as error:
        raise InvalidDocument(str(error)) from error
    version = result.course if stored else course.version
    for field, value in (("submission", submission), ("course", version), ("assignment", chosen.name)):
        found = getattr(result, field)
        _require(found == value, f"{field}: expected {value_text(value)}, got {value_text(found)}")
    wanted = course.tasks_of(chosen)
    _require([t.id for t in result.tasks] == [t.id for t in wanted], "tasks: not those of the assignment")
    for task_document, task in zip(result.tasks, wanted, strict=True):
        _validate_task(task_document, task)
    for field in ("score", "max_score"):
        total = sum(getattr(t, field) for t in result.tasks)
        _require(abs(getattr(result, field) - total) < _CENT, f"{field}: not the sum of the tasks")
    whole: Document = document
    return whole


def _validate_task(found: TaskDocument, task: Task) -> None:
    _require(found.notebook == task.notebook, f"{task.id}: another notebook than the manifest's")
    _require(abs(found.max_score - task.points) < 1e-9, f"{task.id}: other points than the manifest's")
    _require(found.score <= found.max_score + 1e-9, f"{task.id}: more points than the maximum")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidDocument(otherwise)
