"""The feedback page of one student: what is right first, then each loss with its reason and where to read about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.manifest import Course
from autograder.pages.render import render
from autograder.verdicts import WORDS

FEEDBACK_PAGE = "index.html"
"""Beside nbgrader's pages of the notebooks, in the folder of one student."""
NOT_THERE = ("not_attempted", "missing")


@dataclass(frozen=True)
class Answer:
    """A question that a person grades."""

    id: str
    notebook: str
    max_score: float
    score: float | None = None
    comment: str = ""

    @property
    def waiting(self) -> bool:
        """Whether nobody has read it yet."""
        return self.score is None


def feedback_page(
    course: Course, student: str, document: Mapping[str, Any], answers: Sequence[Answer] = (), notes: Sequence[str] = ()
) -> str:
    """The page as HTML.

    Parameters
    ----------
    student : what the page calls its reader.
    document : the result document.
    answers : to the questions of the assignment.
    notes : about the submission as a whole, such as files that were not taken.
    """
    tasks = [_template_task(course, t) for t in document["tasks"]]
    full = [t for t in tasks if t["score"] >= t["max_score"]]
    rest = [t for t in tasks if t["score"] < t["max_score"]]
    return render(
        "feedback.html.j2",
        title=f"Feedback on {course.assignment(document['assignment']).title}",
        student=student,
        reason=None if document["status"] == "graded" else document.get("reason") or "no reason given",
        score=document["score"],
        max_score=document["max_score"],
        count=len(tasks),
        right=full,
        by_notebook=[(n.title, found) for n in course.notebooks if (found := [t for t in full if t["notebook"] == n.name])],
        lost=[t for t in rest if t["kind"] not in NOT_THERE],
        open=[t for t in rest if t["kind"] in NOT_THERE],
        questions=answers,
        notes=notes,
    )


def _template_task(course: Course, task: Mapping[str, Any]) -> dict[str, Any]:
    """A task of the document as the template wants it."""
    checks = task.get("checks", [])
    page, _, anchor = (task.get("see") or "").partition("#")
    return {
        **task,
        "kind": task["verdict"],
        "verdict": WORDS[task["verdict"]],
        "passed": [c for c in checks if c["passed"]],
        "failed": [c for c in checks if not c["passed"]],
        "notes": [f"{c['name']}: {c['message']}" for c in checks if c["passed"] and c["message"]],
        "hints": (task.get("hint") or "").split("\n") if task.get("hint") else [],
        "see": course.book_url(task["see"]) if task.get("see") else "",
        "topic": (anchor or page).replace("-", " "),
    }
