"""The content of a report on a class: plain data, from which the page and the table are written."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.manifest import Course


@dataclass
class TaskSummary:
    """One task over the whole class."""

    id: str
    max_score: float
    notebook: str = ""
    scores: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    """Check -> number of students who did not pass it."""

    @property
    def mean(self) -> float:
        """Mean points."""
        return statistics.fmean(self.scores) if self.scores else 0.0

    @property
    def share(self) -> float:
        """Mean share of the points."""
        return self.mean / self.max_score

    @property
    def full(self) -> int:
        """The number of students with full marks."""
        return sum(s >= self.max_score for s in self.scores)

    @property
    def median_s(self) -> float:
        """Median of the seconds that grading it took."""
        return statistics.median(self.seconds) if self.seconds else 0.0

    @property
    def longest_s(self) -> float:
        """The longest it took."""
        return max(self.seconds, default=0.0)


@dataclass
class QuestionSummary:
    """One question over the whole class."""

    id: str
    title: str
    notebook: str
    max_score: float
    scores: list[float] = field(default_factory=list)
    """Points of the answers that have been graded."""
    waiting: int = 0
    """Answers that nobody has read yet."""

    @property
    def mean(self) -> float:
        """Mean points of the graded answers."""
        return statistics.fmean(self.scores) if self.scores else 0.0

    @property
    def share(self) -> float:
        """Mean share of the points."""
        return self.mean / self.max_score if self.max_score else 0.0


@dataclass(frozen=True)
class WholeMark:
    """What the gradebook has for one student: tasks and answers, after the late penalty."""

    total: float
    max_score: float
    penalty: float = 0.0
    waiting: int = 0
    answers: Mapping[str, float] = field(default_factory=dict)
    """Question -> points, for those that have been graded."""


@dataclass(frozen=True)
class MistakeCount:
    """How many students made a mistake of the catalogue, as far as it was recognised."""

    id: str
    task: str
    says: str
    students: int


@dataclass(frozen=True)
class MarkChange:
    """A student whose marks the last run of `grade` changed."""

    student: str
    before: float | None
    """None for a student who had no marks before."""
    after: float
    tasks: tuple[str, ...]

    @property
    def points(self) -> float:
        """Points gained; negative if points were lost."""
        return round(self.after - (self.before or 0.0), 2)


@dataclass
class ClassReport:
    """One assignment of one class."""

    course: Course
    assignment: str
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Student -> result document."""
    tasks: list[TaskSummary] = field(default_factory=list)
    mistakes: list[MistakeCount] = field(default_factory=list)
    changes: list[MarkChange] = field(default_factory=list)
    marks: dict[str, WholeMark] = field(default_factory=dict)
    """Student -> the mark in the gradebook; empty if nothing was entered."""
    questions: list[QuestionSummary] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    """Students whose newest submission has no result: it came after the last run, or the course has changed since."""

    @property
    def max_score(self) -> float:
        """Points of all tasks."""
        return sum(t.max_score for t in self.tasks)

    @property
    def totals(self) -> list[float]:
        """Everybody's marks, in an order that does not reveal whose they are."""
        return sorted(m.total for m in self.marks.values())

    @property
    def unread(self) -> int:
        """Answers that nobody has read yet."""
        return sum(q.waiting for q in self.questions)

    @property
    def scores(self) -> list[float]:
        """Everybody's points, in an order that does not reveal whose they are."""
        return sorted(float(d["score"]) for d in self.documents.values())
