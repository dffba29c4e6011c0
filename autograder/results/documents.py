"""What a result document may hold: looked at before it counts, wherever it comes from."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from autograder.engine.result import SCHEMA
from autograder.manifest import Assignment, Course, Task
from autograder.verdicts import Verdict

Document = dict[str, Any]

MAX_BYTES = 4 << 20
_MAX_ITEMS = 2000
_MAX_TEXT = 20_000
_CENT = 0.011


class InvalidDocument(ValueError):
    """A result document that must not count; the message says what is wrong with it."""


def digest(document: Document) -> str:
    """A digest of the content, whatever the layout of the file."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def parse(text: bytes | str) -> Any:
    """Untrusted JSON of a bounded size.

    Raises
    ------
    InvalidDocument
        When it is too large or no JSON.
    """
    if len(text) > MAX_BYTES:
        raise InvalidDocument(f"larger than {MAX_BYTES >> 20} MB")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument("no JSON, or half of it") from error


def validate(document: Any, course: Course, assignment: Assignment | str, submission: str) -> Document:
    """The document, when it is one of that submission: schema, names, ids and ranges.

    Raises
    ------
    InvalidDocument
        When anything else than a result of that submission, assignment and course is in it.
    """
    chosen = course.assignment(assignment) if isinstance(assignment, str) else assignment
    _require(isinstance(document, dict), "not an object")
    _require(document.get("schema") == SCHEMA, f"schema {document.get('schema')!r}, not {SCHEMA}")
    for field, value in (("submission", submission), ("course", course.version), ("assignment", chosen.name)):
        _require(document.get(field) == value, f"{field} {str(document.get(field))[:100]!r} instead of {value!r}")
    _require(document.get("status") in ("graded", "not_gradable"), "an unknown status")
    _require(document.get("reason") is None or _is_text(document["reason"]), "a reason that is no text")
    for field in ("refused", "notes"):
        _require(_is_list_of_text(document.get(field)), f"{field} is no list of texts")
    for field in ("score", "max_score", "elapsed_s"):
        _require(_is_number(document.get(field)), f"{field} is no number")
    stages = document.get("stages_s", {})
    _require(isinstance(stages, dict) and all(map(_is_text, stages)) and all(map(_is_number, stages.values())), "stages_s holds no times")
    tasks = document.get("tasks")
    _require(isinstance(tasks, list) and all(isinstance(t, dict) for t in tasks), "tasks is no list of objects")
    assert isinstance(tasks, list)
    wanted = course.tasks_of(chosen)
    _require([t.get("id") for t in tasks] == [t.id for t in wanted], "not the tasks of the assignment")
    for found, task in zip(tasks, wanted, strict=True):
        _validate_task(found, task)
    for field in ("score", "max_score"):
        total = sum(t[field] for t in tasks)
        _require(abs(document[field] - total) < _CENT, f"{field} is not the sum of the tasks")
    found_document: Document = document
    return found_document


def _validate_task(found: Document, task: Task) -> None:
    where = f"{task.id}: "
    _require(found.get("notebook") == task.notebook, where + "another notebook")
    _require(found.get("verdict") in set(Verdict), where + "an unknown verdict")
    for field in ("score", "max_score", "elapsed_s"):
        _require(_is_number(found.get(field)), where + f"{field} is no number")
    _require(abs(found["max_score"] - task.points) < 1e-9, where + "other points than the manifest's")
    _require(found["score"] <= found["max_score"] + 1e-9, where + "more points than there are")
    checks = found.get("checks")
    _require(isinstance(checks, list) and len(checks) <= _MAX_ITEMS, where + "checks is no list, or too long")
    assert isinstance(checks, list)
    for check in checks:
        fits = isinstance(check, dict) and isinstance(check.get("passed"), bool)
        _require(fits and _is_text(check.get("name")) and _is_text(check.get("message")), where + "a check without name, result or message")
    _require(_is_list_of_text(found.get("mistakes")), where + "mistakes is no list of texts")
    for field in ("hint", "see"):
        _require(found.get(field) is None or _is_text(found[field]), where + f"{field} is no text")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidDocument(otherwise)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_ITEMS and all(_is_text(v) for v in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
