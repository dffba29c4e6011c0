"""Marks that people give to answers, read from and written into nbgrader's gradebook as the formgrader does, many at a time."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Assignment, BaseCell, Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

from autograder.gradebook.rows import GradebookConnection
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace

Place = tuple[str, str]
"""Student, and the name of the cell."""
_HELD = """
SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade,
       comment.manual_comment
FROM grade
JOIN base_cell ON base_cell.id = grade.cell_id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN notebook ON notebook.id = submitted_notebook.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
JOIN assignment ON assignment.id = submitted_assignment.assignment_id
LEFT JOIN (comment JOIN base_cell AS commented ON commented.id = comment.cell_id)
     ON comment.notebook_id = grade.notebook_id AND commented.name = base_cell.name
WHERE assignment.name = ? AND base_cell.name IN (SELECT value FROM json_each(?))
"""
_AT_ONCE = 400


@dataclass(frozen=True)
class HandMark:
    """What the gradebook has for one cell of one student."""

    score: float | None
    """By hand."""
    comment: str | None
    """By hand."""
    waiting: bool
    """Whether a person must look at it."""
    auto_score: float | None = None


def hand_marks(workspace: Workspace, assignment: str, cells: Iterable[str]) -> dict[Place, HandMark]:
    """Everybody's marks for some cells; none without a gradebook. Read without nbgrader, which takes seconds for a large class."""
    if not workspace.gradebook.exists():
        return {}
    with contextlib.closing(sqlite3.connect(workspace.gradebook, timeout=5)) as database:
        rows = database.execute(_HELD, (assignment, json.dumps(list(cells)))).fetchall()
    return {(student, cell): HandMark(score, comment, bool(waiting), auto) for student, cell, auto, score, waiting, comment in rows}


class HandMarkWriter:
    """Enters marks given by hand, a few hundred in one transaction."""

    def __init__(self, workspace: Workspace, course: Course, assignment: str) -> None:
        self._connection = GradebookConnection(workspace, course.name)
        self._assignment = assignment

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def write(self, places: Iterable[Place], decide: Callable[[Place, HandMark], HandMark | None]) -> list[Place]:
        """Enter all of these marks or none; return the cells that the gradebook knows.

        Parameters
        ----------
        decide : called with what the gradebook has for a cell now; returns what it should have, or None to leave it unchanged.

        Raises
        ------
        WorkspaceError
            When the gradebook cannot be used; `Obstacle` when another program holds it.
        """
        wanted, known = list(places), []
        with self._connection.transaction() as transaction:
            for start in range(0, len(wanted), _AT_ONCE):
                chosen = wanted[start : start + _AT_ONCE]
                grades = _rows(transaction.book, Grade, self._assignment, chosen)
                comments = _rows(transaction.book, Comment, self._assignment, chosen)
                for place in (p for p in chosen if p in grades):
                    known.append(place)
                    _decide_one(transaction.book, place, grades[place], comments.get(place), decide)
        return known


def _decide_one(book: Gradebook, place: Place, grade: Any, comment: Any, decide: Callable[[Place, HandMark], HandMark | None]) -> None:
    held = HandMark(grade.manual_score, comment.manual_comment if comment else None, bool(grade.needs_manual_grade), grade.auto_score)
    new = decide(place, held)
    if new is None:
        return
    # As the formgrader does (nbgrader 0.9.6, `GradeHandler.put`).
    grade.manual_score, grade.needs_manual_grade = new.score, new.waiting
    if comment is None and new.comment is not None:
        comment = Comment(cell_id=grade.cell_id, notebook_id=grade.notebook_id)
        book.db.add(comment)
    if comment is not None:
        comment.manual_comment = new.comment


def _rows(book: Gradebook, kind: Any, assignment: str, places: list[Place]) -> dict[Place, Any]:
    """Grades or comments of some cells of some students."""
    query = book.db.query(kind, SubmittedAssignment.student_id, BaseCell.name).join(BaseCell, BaseCell.id == kind.cell_id)
    query = query.join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
    query = query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    query = query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id).filter(Assignment.name == assignment)
    query = query.filter(SubmittedAssignment.student_id.in_({s for s, _ in places}), BaseCell.name.in_({c for _, c in places}))
    return {(student, cell): row for row, student, cell in query}
