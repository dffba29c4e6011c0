"""`report`: how a class did, from the results of the newest grading."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from autograder.manifest import Course
from autograder.mistakes import MistakesError, load_mistakes
from autograder.paths import write_atomically
from autograder.results.documents import Document
from autograder.results.history import Change, changes
from autograder.results.store import Results
from autograder.workspace.workspace import Workspace, WorkspaceError


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
    """Check -> how many did not pass it."""

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
        """How many have full marks."""
        return sum(s >= self.max_score for s in self.scores)

    @property
    def median_s(self) -> float:
        """Median of the seconds that grading it took."""
        return statistics.median(self.seconds) if self.seconds else 0.0

    @property
    def longest_s(self) -> float:
        """The longest it took."""
        return max(self.seconds, default=0.0)


@dataclass(frozen=True)
class Named:
    """A mistake of the catalogue that was recognised."""

    id: str
    task: str
    says: str
    students: int


@dataclass
class ClassReport:
    """One assignment of one class."""

    course: Course
    assignment: str
    documents: dict[str, Document] = field(default_factory=dict)
    tasks: list[TaskSummary] = field(default_factory=list)
    mistakes: list[Named] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    """Students whose newest submission has no result: it was handed in after the last run, or the course has changed since."""

    @property
    def max_score(self) -> float:
        """Points of all tasks."""
        return sum(t.max_score for t in self.tasks)

    @property
    def scores(self) -> list[float]:
        """Points of everybody, in no order that tells who."""
        return sorted(float(d["score"]) for d in self.documents.values())


def class_report(workspace: Workspace, course: Course, assignment: str) -> ClassReport:
    """Everything about one assignment, over the submissions that have a stored result.

    Raises
    ------
    WorkspaceError
        When nobody has one.
    """
    results = Results(workspace, course)
    found = {student: results.load(results.key(student, assignment)) for student in workspace.students(assignment)}
    documents = {student: document for student, document in found.items() if document is not None}
    if not documents:
        raise WorkspaceError(f"nobody's {assignment} has a result in {workspace.root}: run `autograder grade {assignment}` first")
    report = summed(course, assignment, documents)
    report.changes = changes(workspace, assignment)
    report.without = [student for student, document in found.items() if document is None]
    return report


def summed(course: Course, assignment: str, documents: dict[str, Document]) -> ClassReport:
    """What the result documents of a class say when they are put together."""
    return ClassReport(course, assignment, documents, _tasks(course, assignment, documents), _mistakes(course, documents))


def _tasks(course: Course, assignment: str, documents: dict[str, Document]) -> list[TaskSummary]:
    found = {t.id: TaskSummary(t.id, t.points, t.notebook) for t in course.tasks_of(assignment)}
    for document in documents.values():
        for task in document["tasks"]:
            if (entry := found.get(task["id"])) is not None:
                entry.scores.append(task["score"])
                entry.seconds.append(task["elapsed_s"])
                entry.verdicts[task["verdict"]] += 1
                entry.failed.update(c["name"] for c in task["checks"] if not c["passed"])
    return list(found.values())


def _mistakes(course: Course, documents: dict[str, Document]) -> list[Named]:
    """The named mistakes, most frequent first; one that shows in several tasks of a student counts once."""
    counts = Counter(m for d in documents.values() for m in {m for t in d["tasks"] for m in t["mistakes"]})
    try:
        known = {m.id: m for m in load_mistakes(course)}
    except MistakesError:
        known = {}
    return [
        Named(name, known[name].task if name in known else "", known[name].says if name in known else "", count)
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def write_csv(report: ClassReport, to: Path) -> None:
    """One row for each student: points of each task, total, named mistakes, and what changed since the last run."""
    moved = {c.student: c for c in report.changes}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "status", *(t.id for t in report.tasks), "total", "max", "mistakes", "change", "seconds"])
    for student, document in sorted(report.documents.items()):
        scores = {t["id"]: t["score"] for t in document["tasks"]}
        named = dict.fromkeys(m for t in document["tasks"] for m in t["mistakes"])
        change = moved[student].points if student in moved else ""
        points = [scores.get(t.id, "") for t in report.tasks]
        rows.writerow(
            [student, document["status"], *points, document["score"], document["max_score"], " ".join(named), change, document["elapsed_s"]]
        )
    _write(to, text.getvalue())


def write_html(report: ClassReport, to: Path) -> None:
    """The report as one static page."""
    from autograder.pages.class_report import report_page

    _write(to, report_page(report))


def _write(to: Path, text: str) -> None:
    try:
        write_atomically(to.absolute(), text, mode=0o600)
    except OSError as error:
        raise WorkspaceError(f"cannot write {to}: {error.strerror}") from error
