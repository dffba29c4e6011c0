"""``coursenn/tasks.json``: the part of the manifest that students may know."""

from __future__ import annotations

import json
from typing import Any

from autograder.generate.stubs import build_stubs
from autograder.given_module import given_module
from autograder.intake.rules import given_fingerprints
from autograder.manifest import Course

# An answer cell that still holds this text is unanswered; `coursenn.submit` looks for it.
ANSWER_PLACEHOLDER = "*Write your answer here, in place of this line.*"
TASKS = "tasks.json"
CHECKS = "checks.json"


def number(points: float) -> int | float:
    """Points as people write them: ``2`` and not ``2.0``."""
    return int(points) if float(points).is_integer() else points


def tasks_document(course: Course) -> dict[str, Any]:
    """The document that ``coursenn.submit`` and ``coursenn.merge`` read; it names no check and no extra folder."""
    return {
        "course": course.name,
        "version": course.version,
        "book": course.book_address,
        "answer_placeholder": ANSWER_PLACEHOLDER,
        "assignments": [{"name": a.name, "title": a.title, "notebooks": list(a.notebooks)} for a in course.assignments],
        "editable": list(course.editable),
        # With this, students are told that a given file was changed, as grading will tell them.
        "given": dict(sorted({TASKS: None, CHECKS: None, **given_fingerprints(course)}.items())),
        # With this, an update distinguishes a student's function from an untouched stub.
        "stubs": {name: _fingerprints(name, text) for name, text in build_stubs(course).items()},
        "models": list(course.models),
        "tasks": [
            {
                "id": t.id,
                "functions": list(t.functions),
                "model": t.model,
                "notebook": t.notebook,
                "points": number(t.points),
                "minutes": t.minutes,
                "book": t.book,
            }
            for t in course.tasks
        ],
        "questions": [{"id": q.id, "notebook": q.notebook, "points": number(q.points), "minutes": q.minutes} for q in course.questions],
    }


def tasks_json(course: Course) -> str:
    """The document as text, with a stable layout."""
    return json.dumps(tasks_document(course), indent=1, ensure_ascii=False) + "\n"


def _fingerprints(name: str, text: str) -> dict[str, str]:
    found: dict[str, str] = given_module("_definitions").fingerprints(text.encode("utf-8"), name)
    return found
