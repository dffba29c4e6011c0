"""The feedback page of one student: what was handed in, the total, each loss with its reason, and then everything else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.book_sections import book_reference
from autograder.manifest import Course
from autograder.mistakes import MistakesError, load_mistakes
from autograder.pages.excerpts import Excerpt
from autograder.pages.faults import Sources
from autograder.pages.losses import CellMark, TaskView, losses, view_of
from autograder.pages.render import render
from autograder.titles import full_titles, titles, with_titles
from autograder.verdicts import UNFINISHED

FEEDBACK_PAGE = "index.html"
"""The file beside the pages of the notebooks, in the folder of one student."""


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
        """Whether nobody has graded it yet."""
        return self.score is None


@dataclass(frozen=True)
class HandedIn:
    """What the marks are for."""

    time: str = ""
    """In words for people; empty if it is not known."""
    attempt: int = 1
    attempts: int = 1
    """How many there are, including those that do not count."""
    receipt: str = ""
    standing: Sequence[str] = ()
    """Deadline, extension, late days and what being late costs, each in a sentence."""


@dataclass(frozen=True)
class Total:
    """What the gradebook has for the whole assignment."""

    score: float
    """After the late penalty."""
    max_score: float
    penalty: float = 0.0


@dataclass(frozen=True)
class Surroundings:
    """What is known about a submission in addition to its result."""

    handed_in: HandedIn | None = None
    total: Total | None = None
    """By default the scores of the result and of the answers."""
    marks: Mapping[str, CellMark] = field(default_factory=dict)
    """Task -> its mark in the gradebook, which may differ from the result's."""
    answers: Sequence[Answer] = ()
    alerts: Sequence[str] = ()
    """What a student must know first, such as why answers were not found."""
    notes: Sequence[str] = ()
    sources: Sources = field(default_factory=dict)
    commented: Sequence[Excerpt] = ()
    """The student's functions with the lines that a person has commented on."""
    commented_before: Sequence[tuple[str, str]] = ()
    """Lines that no longer exist, and a person's comment on each."""
    notebooks: Mapping[str, str] = field(default_factory=dict)
    """Notebook -> address of its page."""


def feedback_page(course: Course, student: str, document: Mapping[str, Any], around: Surroundings | None = None) -> str:
    """The page as HTML.

    Parameters
    ----------
    student : what the page calls its reader.
    document : the result document.
    around : what else is known.
    """
    around = around or Surroundings()
    names, full = titles(course), full_titles(course)
    documents = {task["id"]: task for task in document["tasks"]}
    views = {i: view_of(course, task, names[i], around.marks.get(i)) for i, task in documents.items()}
    unfinished = {i for i, task in documents.items() if task["verdict"] in UNFINISHED}
    rest = [i for i, view in views.items() if view.score < view.max_score]
    lost = [documents[i] for i in rest if i not in unfinished]
    total = around.total or _total(document, around.answers)
    return render(
        "feedback.html.j2",
        title=f"Feedback on {course.assignment(document['assignment']).title}",
        student=student,
        version=document.get("course") or course.version,
        handed_in=around.handed_in,
        reason=None if document["status"] == "graded" else document.get("reason") or "no reason given",
        total=total,
        waiting=sum(answer.max_score for answer in around.answers if answer.waiting),
        alerts=[with_titles(text, full) for text in around.alerts],
        losses=losses(course, lost, views, _catalogue(course), around.sources),
        open=[views[i] for i in rest if i in unfinished],
        right=_by_notebook(course, [view for view in views.values() if view.score >= view.max_score]),
        count=len(views),
        answers=[(names.get(answer.id, answer.id), _notebook_title(course, answer.notebook), answer) for answer in around.answers],
        commented=around.commented,
        commented_before=around.commented_before,
        notes=[with_titles(note, full) for note in around.notes],
        pages=[(n.title, around.notebooks[n.name]) for n in course.notebooks if n.name in around.notebooks],
        page_of=around.notebooks,
        another_look=[p for p in re.split(r"\n\s*\n", course.feedback.another_look.strip()) if p],
        where_to_read={view.see: (course.book_url(view.see), book_reference(course, view.see)) for view in views.values() if view.see},
    )


def _total(document: Mapping[str, Any], answers: Sequence[Answer]) -> Total:
    return Total(
        document["score"] + sum(answer.score or 0.0 for answer in answers), document["max_score"] + sum(a.max_score for a in answers)
    )


def _catalogue(course: Course) -> dict[str, Any]:
    """The mistakes by their ids; empty if the catalogue does not fit the course, as in explaining a result."""
    try:
        return {mistake.id: mistake for mistake in load_mistakes(course)}
    except MistakesError:
        return {}


def _by_notebook(course: Course, views: Sequence[TaskView]) -> list[tuple[str, list[TaskView]]]:
    return [(n.title, found) for n in course.notebooks if (found := [v for v in views if v.notebook == n.name])]


def _notebook_title(course: Course, name: str) -> str:
    return next((n.title for n in course.notebooks if n.name == name), name)
