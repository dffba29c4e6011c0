"""Does an early answer say no more than the manifest allows, and nothing that a hidden check measured?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autograder.engine.early import Tell, early_lines, full_lines, receipt
from autograder.manifest import Course
from autograder.manifest_file import FeedbackSettings, Level
from autograder.mistakes import load_mistakes

MEASURED = "dx is off by about a tenth of its largest entry everywhere: it is right up to a factor N"


def task(*mistakes: str) -> dict[str, Any]:
    """A task that lost marks."""
    checks = [{"name": "gradient of x", "passed": False, "message": MEASURED}, {"name": "shapes", "passed": True, "message": ""}]
    points = {"verdict": "partial", "score": 1.0, "max_score": 4.0}
    return {"id": "x", "checks": checks, "mistakes": list(mistakes), "hint": "It misses a term.", "see": "dropout#forward", **points}


@pytest.mark.parametrize(("level", "asks", "says"), [("pointer", False, False), ("question", True, False), ("explanation", True, True)])
def test_a_hint_is_what_the_manifest_allows(course: Course, level: Level, asks: bool, says: bool) -> None:
    """Before the deadline, is no more said about a recognised mistake than the visible checks would say?"""
    mistake = load_mistakes(course)[0]
    lines = "\n".join(early_lines(replace(course, feedback=FeedbackSettings(visible=level)), task(mistake.id), Tell.CHECKS))
    assert (mistake.asks in lines, mistake.says in lines) == (asks, says)
    assert "It misses a term." not in lines, "the hint of the document is that of the feedback"


def test_what_was_measured_is_for_after_the_deadline(course: Course) -> None:
    """Are failed checks named without their measurements, and with them after the deadline?"""
    early = "\n".join(early_lines(course, task(), Tell.CHECKS))
    assert "gradient of x" in early
    assert "shapes" not in early
    assert "factor" not in early
    assert MEASURED in "\n".join(full_lines(course, task()))


def test_nothing_is_said_of_right_tasks(course: Course) -> None:
    """Is a task with full marks shown as a line without text?"""
    assert early_lines(course, {**task(), "score": 4.0}, Tell.CHECKS) == []
    assert early_lines(course, task(), Tell.POINTS) == []


def test_a_receipt_names_unreadable_files() -> None:
    """Does even the shortest answer name files that cannot be read?"""
    document = {"status": "not_gradable", "reason": "the zip is damaged", "refused": ["a.7z: not read"]}
    assert receipt(document) == ["It cannot be graded: the zip is damaged", "Not accepted: a.7z: not read"]
