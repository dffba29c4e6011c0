"""`report`: how a class did, from the results of the newest grading."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from autograder.gradebook.marks import StudentMarks, marks_of_class
from autograder.manifest import Course
from autograder.mistakes import MistakesError, load_mistakes
from autograder.pages.class_report import report_page
from autograder.pages.class_summary import ClassReport, MistakeCount, QuestionSummary, TaskSummary, WholeMark
from autograder.paths import write_atomically
from autograder.results.documents import Document
from autograder.results.history import mark_changes
from autograder.results.store import Results
from autograder.titles import question_title
from autograder.workspace.obstacles import cure_of
from autograder.workspace.workspace import Workspace, WorkspaceError

WHOLE = ("whole_total", "whole_max", "late_penalty")
"""Columns of the marks with answers and after late penalties; ``total`` and ``max`` are those of the tasks."""


def class_report(workspace: Workspace, course: Course, assignment: str) -> ClassReport:
    """Everything about one assignment, over the submissions that have a stored result.

    Raises
    ------
    WorkspaceError
        When no submission has one.
    """
    results = Results(workspace, course)
    found = {student: results.load(results.key(student, assignment)) for student in workspace.students(assignment)}
    documents = {student: document for student, document in found.items() if document is not None}
    if not documents:
        raise WorkspaceError(f"no submission of {assignment} has a result in {workspace.root}: run `autograder grade {assignment}` first")
    report = summarise(course, assignment, documents)
    report.changes = mark_changes(workspace, assignment)
    marks = marks_of_class(workspace, assignment)
    asked = [q.id for q in course.questions_of(assignment)]
    report.marks = {student: _whole_mark(marks[student], asked) for student in documents if student in marks}
    report.questions = _summaries_of_questions(course, assignment, [marks[s] for s in documents if s in marks])
    report.without = [student for student, document in found.items() if document is None]
    return report


def summarise(course: Course, assignment: str, documents: dict[str, Document]) -> ClassReport:
    """The result documents of a class, summed up."""
    tasks, mistakes = _summaries_of_tasks(course, assignment, documents), _mistake_counts(course, documents)
    return ClassReport(course, assignment, documents, tasks, mistakes)


def _summaries_of_tasks(course: Course, assignment: str, documents: dict[str, Document]) -> list[TaskSummary]:
    found = {t.id: TaskSummary(t.id, t.points, t.notebook) for t in course.tasks_of(assignment)}
    for document in documents.values():
        for task in document["tasks"]:
            if (summary := found.get(task["id"])) is not None:
                summary.scores.append(task["score"])
                summary.seconds.append(task["elapsed_s"])
                summary.verdicts[task["verdict"]] += 1
                summary.failed.update(c["name"] for c in task["checks"] if not c["passed"])
    return list(found.values())


def _whole_mark(marks: StudentMarks, asked: Collection[str]) -> WholeMark:
    answers = {q: marks.cells[q].score for q in asked if q in marks.cells and not marks.cells[q].waiting}
    return WholeMark(marks.total, marks.max_score, round(marks.penalty, 2), marks.waiting, answers)


def _summaries_of_questions(course: Course, assignment: str, marks: list[StudentMarks]) -> list[QuestionSummary]:
    found = []
    for question in course.questions_of(assignment):
        cells = [m.cells[question.id] for m in marks if question.id in m.cells]
        read = [c.score for c in cells if not c.waiting]
        title = question_title(course, question)
        found.append(QuestionSummary(question.id, title, question.notebook, question.points, read, len(cells) - len(read)))
    return found


def _mistake_counts(course: Course, documents: dict[str, Document]) -> list[MistakeCount]:
    """The named mistakes, most frequent first; one that appears in several tasks of a student counts once."""
    counts = Counter(m for d in documents.values() for m in {m for t in d["tasks"] for m in t["mistakes"]})
    try:
        known = {m.id: m for m in load_mistakes(course)}
    except MistakesError:
        known = {}
    return [
        MistakeCount(name, known[name].task if name in known else "", known[name].says if name in known else "", count)
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def write_csv(report: ClassReport, to: Path) -> None:
    """Write one row for each student: points of each task, total, named mistakes, and what changed since the last run."""
    moved = {c.student: c for c in report.changes}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        [
            "student",
            "status",
            *(t.id for t in report.tasks),
            "total",
            "max",
            "mistakes",
            "change",
            "seconds",
            *(q.id for q in report.questions),
            *WHOLE,
        ]
    )
    for student, document in sorted(report.documents.items()):
        scores = {t["id"]: t["score"] for t in document["tasks"]}
        named = dict.fromkeys(m for t in document["tasks"] for m in t["mistakes"])
        change = moved[student].points if student in moved else ""
        points = [scores.get(t.id, "") for t in report.tasks]
        known = [student, document["status"], *points, document["score"], document["max_score"], " ".join(named), change]
        whole = report.marks.get(student)
        answers = [whole.answers.get(q.id, "") if whole else "" for q in report.questions]
        rows.writerow([*known, document["elapsed_s"], *answers, *([whole.total, whole.max_score, whole.penalty] if whole else [""] * 3)])
    _write_private_file(to, text.getvalue())


def write_html(report: ClassReport, to: Path) -> None:
    """Write the report as one static page."""
    _write_private_file(to, report_page(report))


def _write_private_file(to: Path, text: str) -> None:
    try:
        write_atomically(to.absolute(), text, mode=0o600)
    except OSError as error:
        raise WorkspaceError(f"cannot write {to}: {cure_of(error)}") from error
