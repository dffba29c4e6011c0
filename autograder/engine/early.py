"""What may be said about a result before the deadline: less than feedback says, and never more than the manifest allows.

Feedback quotes what hidden checks measured. Before the deadline, that would let students try out answers against them, so none of it
is said: at most the names of checks and, for a recognised mistake, what the visible checks in a notebook would say about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from autograder.book_sections import book_reference
from autograder.engine.naming import NamedMistakes, hint
from autograder.manifest import Course
from autograder.mistakes import MistakesError, load_mistakes
from autograder.plural import counted
from autograder.verdicts import WORDS


class Tell(StrEnum):
    """How much a student is told before the deadline."""

    RECEIVED = "received"
    """That it arrived, and what could not be read."""
    POINTS = "points"
    """Also the points of each task."""
    CHECKS = "checks"
    """Also the names of the checks that failed and, for recognised mistakes, what ``visible`` of the manifest allows."""


def receipt(document: Mapping[str, Any]) -> list[str]:
    """What is said in any case: what was not accepted and, if nothing can be graded, why."""
    lines = [] if document["status"] == "graded" else [f"It cannot be graded: {document['reason'] or 'nothing of the assignment is in it'}"]
    return lines + [f"Not accepted: {line}" for line in document["refused"]]


def early_lines(course: Course, task: Mapping[str, Any], tell: Tell) -> list[str]:
    """What is said about one task of a result document, in addition to its points.

    Parameters
    ----------
    task : an entry of ``tasks``.
    """
    if tell is not Tell.CHECKS or task["score"] >= task["max_score"]:
        return []
    failed = [check["name"] for check in task["checks"] if not check["passed"]]
    lines = [f"{WORDS.get(task['verdict'], task['verdict'])}" + (f": {', '.join(failed)}" if failed else "")]
    if words := _hint(course, task["mistakes"]):
        lines += words.splitlines()
    if task["see"]:
        lines.append(f"See {course.book_url(task['see']) or book_reference(course, task['see'])}")
    return lines


def full_lines(course: Course, task: Mapping[str, Any]) -> list[str]:
    """What feedback says about one task, once the deadline has passed."""
    lines = [f"{check['name']}: {check['message'] or 'not right'}" for check in task["checks"] if not check["passed"]]
    lines += (task["hint"] or "").splitlines()
    if lines and task["see"]:
        lines.append(f"See {course.book_url(task['see']) or book_reference(course, task['see'])}")
    return lines


def points_of(document: Mapping[str, Any]) -> str:
    """The total, such as "7.5 of 10 points"."""
    return f"{document['score']:g} of {counted(document['max_score'], 'point')}"


def _hint(course: Course, mistakes: list[str]) -> str:
    """What the visible checks may say about these mistakes."""
    try:
        known = {m.id: m for m in load_mistakes(course)}
    except MistakesError:
        return ""
    named = NamedMistakes(tuple(known[name] for name in mistakes if name in known))
    return hint(named, course.feedback.visible) or ""
