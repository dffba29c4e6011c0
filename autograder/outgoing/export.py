"""`export`: marks from nbgrader's gradebook as a table, one row for each student and assignment."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from autograder.collect.roster import dropped_students
from autograder.gradebook.mark_changes import bring_up_to_date, plan_changes
from autograder.manifest import Course
from autograder.paths import write_atomically
from autograder.results.store import Results
from autograder.term import journal
from autograder.term.deadline_file import deadlines_of
from autograder.term.published import remember_published
from autograder.times import in_zone
from autograder.workspace import nbgrader_api
from autograder.workspace.obstacles import cure_of
from autograder.workspace.workspace import Workspace, WorkspaceError

Row = dict[str, Any]
EXCUSED = "excused"
"""In the column ``status``: the assignment does not count, even if something was handed in."""


def rows(workspace: Workspace, course: Course, assignments: Collection[str] = ()) -> list[Row]:
    """One row for each student and assignment: points of each task, of all questions, late penalty, total and maximum.

    The cell of a task of another assignment is empty; ``to_grade`` is the number of answers not graded yet, which count 0 so far. Late
    penalties are brought up to date first. Students who were dropped are left out.
    """
    if not workspace.gradebook.exists():
        raise WorkspaceError(f"there is no gradebook in {workspace.root}: run `autograder grade` first")
    if plan_changes(workspace, course, attempts=False).changes:
        with workspace.writing("export"):
            bring_up_to_date(workspace, course, "before an export")
    deadlines, dropped = deadlines_of(workspace), dropped_students(workspace)
    chosen = [a for a in course.assignments if not assignments or a.name in assignments]
    with nbgrader_api.gradebook(workspace) as book:
        known = {a.name for a in book.assignments}
        return [
            _row_of(book, course, a.name, student.id) | {"status": EXCUSED if deadlines.terms(student.id, a.name).excused else ""}
            for a in chosen
            if a.name in known
            for student in sorted(book.students, key=lambda s: s.id)
            if student.id not in dropped
        ]


def _row_of(book: Gradebook, course: Course, assignment: str, student: str) -> Row:
    questions = {q.id for q in course.questions_of(assignment)}
    most = book.find_assignment(assignment).max_score
    row: Row = {"student": student, "assignment": assignment, **{t.id: "" for t in course.tasks}}
    try:
        submission = book.find_submission(assignment, student)
    except MissingEntry:
        return {**row, "questions": "", "total": 0.0, "max": most, "late_penalty": "", "to_grade": "", **_handed_in(None, course)}
    grades = {g.name: g for n in submission.notebooks for g in n.grades}
    row |= {name: _rounded(g.score) for name, g in grades.items() if name not in questions and name in row}
    penalty = submission.late_submission_penalty or 0.0
    return {
        **row,
        "questions": _rounded(sum(g.score for name, g in grades.items() if name in questions)),
        "total": _rounded(max(0.0, submission.score - penalty)),
        "max": _rounded(most),
        "late_penalty": _rounded(penalty),
        "to_grade": sum(bool(g.needs_manual_grade) for g in grades.values()),
        **_handed_in(submission.timestamp, course),
    }


def _handed_in(time: datetime | None, course: Course) -> Row:
    """The columns of a time: in UTC for programs, and for people in the zone of the course, which is named."""
    return {
        "handed_in": f"{time:%Y-%m-%d %H:%M:%S}" if time else "",
        "handed_in_local": f"{in_zone(time, course.zone):%Y-%m-%d %H:%M:%S} {course.zone}" if time else "",
    }


def _rounded(value: float | None) -> float:
    return round(float(value or 0.0), 6)


def columns(course: Course, assignments: Collection[str] = ()) -> list[str]:
    """The columns, tasks in the order of the manifest."""
    chosen = {t.id for a in course.assignments if not assignments or a.name in assignments for t in course.tasks_of(a)}
    return [
        "student",
        "assignment",
        *(t.id for t in course.tasks if t.id in chosen),
        "questions",
        "total",
        "max",
        "late_penalty",
        "to_grade",
        *_handed_in(None, course),
        "status",
    ]


def export(workspace: Workspace, course: Course, to: Path | None = None, assignments: Collection[str] = ()) -> Path:
    """Write the marks as CSV, by default to ``grades.csv`` in the workspace; return the path."""
    for name in assignments:
        course.assignment(name)
    target = to or workspace.root / "grades.csv"
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(course, assignments), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    found = rows(workspace, course, assignments)
    writer.writerows(found)
    try:
        write_atomically(target.absolute(), text.getvalue(), mode=0o600)
    except OSError as error:
        raise WorkspaceError(f"cannot write {target}: {cure_of(error)}") from error
    for name in {row["assignment"] for row in found}:
        given = {row["student"]: float(row["total"]) for row in found if row["assignment"] == name and is_graded(row)}
        remember_exported(workspace, course, name, given)
    return target


def is_graded(row: Row) -> bool:
    """Whether a row has a mark; its time may be missing, since some systems do not record it."""
    return bool(row["questions"] != "")


def remember_exported(workspace: Workspace, course: Course, assignment: str, totals: Mapping[str, float], to: str = "") -> None:
    """Remember exported marks as published, and write new ones into the journal.

    Parameters
    ----------
    totals : student -> the mark as the gradebook has it, even if another system has another maximum.
    to : for whom, such as the title of a system; empty for a table.
    """
    results, purpose = Results(workspace, course), f" for {to}" if to else ""
    given = {s: (round(total, 2), str(results.recorded(s, assignment).get("key") or "")) for s, total in totals.items()}
    new = remember_published(workspace, assignment, f"export{purpose}", given)
    journal.write(workspace, [journal.Event("marks", f"exported{purpose}: {given[s][0]:g} points", s, assignment) for s in new])
