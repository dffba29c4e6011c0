"""The losses of a submission by their causes: each cause is explained once, for all the checks and tasks it cost points in."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.engine.messages import raised_at
from autograder.manifest import Course
from autograder.mistakes import Mistake
from autograder.pages.excerpts import Excerpt, excerpts
from autograder.pages.faults import Sources, place_of
from autograder.verdicts import WORDS

_CHOICE = re.compile(r"(?:Either|or): ")
_OF_ALL = ("while the files were imported", "needs ", "raised ", "cannot be read")
"""Beginnings of messages that say why a check could not test its behaviour: the same words mean the same cause."""


@dataclass(frozen=True)
class CellMark:
    """What the gradebook has for a task."""

    score: float
    max_score: float
    by_hand: bool = False
    """Whether a person has given the score."""
    comment: str = ""


@dataclass(frozen=True)
class TaskView:
    """A task as shown on the page."""

    id: str
    title: str
    function: str
    """The names of its functions without their module, or its file."""
    file: str
    notebook: str
    verdict: str
    score: float
    max_score: float
    by_hand: bool
    comment: str
    passed: tuple[str, ...]
    failed: tuple[FailedChecks, ...]
    notes: tuple[str, ...]
    see: str
    hint: str


@dataclass(frozen=True)
class FailedChecks:
    """Checks with the same message."""

    names: tuple[str, ...]
    message: str
    credit: float = 0.0

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.names)


@dataclass(frozen=True)
class Told:
    """What is said about a cause: a question to think about, and where the mistake is; each may be empty."""

    question: str = ""
    says: str = ""


@dataclass
class Loss:
    """One cause, the first task in which it cost points, and the others."""

    task: TaskView
    told: list[Told]
    either: bool
    """Whether only one of the explanations applies, not all."""
    excerpts: list[Excerpt]
    also: list[TaskView] = field(default_factory=list)

    @property
    def same_words(self) -> str:
        """The common message of all failed checks, if nothing else is said; empty if they say different things."""
        failed = self.task.failed
        return failed[0].message if not self.told and len(failed) == 1 else ""


def losses(
    course: Course, tasks: Sequence[Mapping[str, Any]], views: Mapping[str, TaskView], mistakes: Mapping[str, Mistake], sources: Sources
) -> list[Loss]:
    """The losses in the order of the tasks.

    Parameters
    ----------
    tasks : the tasks of the result document that lost points.
    views : the views of these tasks, by id.
    mistakes : the catalogue.
    sources : the student's files.
    """
    found: list[Loss] = []
    causes: dict[Hashable, Loss] = {}
    named: list[tuple[frozenset[str], Loss]] = []
    for task in tasks:
        view, ids = views[task["id"]], frozenset(task["mistakes"])
        cause = _cause(task)
        known = next((loss for told, loss in named if ids and ids <= told), None) or (causes.get(cause) if cause else None)
        if known is not None:
            known.also.append(view)
            continue
        failed = [check for check in task["checks"] if not check["passed"]]
        told, either = _told(task, mistakes)
        loss = Loss(view, told, either, excerpts(course, course.task(task["id"]), failed, sources))
        found.append(loss)
        if cause:
            causes[cause] = loss
        named.append((ids, loss))
    return found


def _cause(task: Mapping[str, Any]) -> Hashable:
    """A cause that other tasks may share; None if it is not known."""
    if task["mistakes"]:
        return None
    failed = [check["message"] for check in task["checks"] if not check["passed"]]
    places = {raised_at(message) for message in failed}
    if len(places) == 1 and (place := places.pop()) is not None:
        return place
    return failed[0] if len(set(failed)) == 1 and failed[0].startswith(_OF_ALL) else None


def _told(task: Mapping[str, Any], mistakes: Mapping[str, Mistake]) -> tuple[list[Told], bool]:
    """The lines of a hint, each split into its question and its explanation."""
    lines = [line for line in (task.get("hint") or "").split("\n") if line]
    either = len(lines) > 1 and all(_CHOICE.match(line) for line in lines)
    if either:
        lines = [_CHOICE.sub("", line, count=1) for line in lines]
    asks = [mistakes[m].asks if m in mistakes else "" for m in task["mistakes"]]
    asks += [""] * (len(lines) - len(asks))
    return [_apart(line, question) for line, question in zip(lines, asks, strict=False)], either


def _apart(line: str, question: str) -> Told:
    """Split a line, which ends with its question unless the catalogue has changed since it was written."""
    if question and line.endswith(question):
        return Told(question, line.removesuffix(question).strip())
    return Told("", line)


def grouped(failed: Sequence[Mapping[str, Any]]) -> tuple[FailedChecks, ...]:
    """Failed checks grouped by their messages; those without a message stay separate."""
    groups: dict[tuple[str, float, str], list[str]] = {}
    for check in failed:
        apart = "" if check["message"] else check["name"]
        groups.setdefault((check["message"], check.get("credit", 0.0), apart), []).append(check["name"])
    return tuple(FailedChecks(tuple(names), message, credit) for (message, credit, _), names in groups.items())


def view_of(course: Course, task: Mapping[str, Any], title: str, mark: CellMark | None) -> TaskView:
    """A task of the document, with its mark in the gradebook."""
    entry = course.task(task["id"])
    places = [place_of(course, function) for function in entry.functions]
    mark = mark or CellMark(task["score"], task["max_score"])
    checks = task.get("checks", [])
    return TaskView(
        id=entry.id,
        title=title,
        function=", ".join(name for _, name in places) or entry.function,
        file=", ".join(dict.fromkeys(file for file, _ in places)),
        notebook=entry.notebook,
        verdict=WORDS[task["verdict"]],
        score=mark.score,
        max_score=mark.max_score,
        by_hand=mark.by_hand,
        comment=mark.comment,
        passed=tuple(c["name"] for c in checks if c["passed"]),
        failed=grouped([c for c in checks if not c["passed"]]),
        notes=tuple(f"{c['name']}: {c['message']}" for c in checks if c["passed"] and c["message"]),
        see=task.get("see") or "",
        hint=task.get("hint") or "",
    )
