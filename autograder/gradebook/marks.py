"""The marks of a class, read from nbgrader's gradebook in one query and without importing nbgrader, which takes seconds."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from autograder.workspace.workspace import Workspace

# As `Grade.score` of nbgrader 0.9.6, `nbgrader/api.py`: a score by hand takes precedence, and extra credit is added to either.
_GRADES = """
SELECT submitted_assignment.student_id, notebook.name, base_cell.name, grade_cells.max_score,
       CASE WHEN grade.manual_score IS NULL AND grade.auto_score IS NULL THEN 0.0
            ELSE coalesce(grade.manual_score, grade.auto_score) + coalesce(grade.extra_credit, 0.0) END,
       grade.manual_score IS NOT NULL, grade.needs_manual_grade
FROM grade
JOIN base_cell ON base_cell.id = grade.cell_id
LEFT JOIN grade_cells ON grade_cells.id = grade.cell_id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN notebook ON notebook.id = submitted_notebook.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
JOIN assignment ON assignment.id = submitted_assignment.assignment_id
WHERE assignment.name = ?
"""
_NOTEBOOKS = """
SELECT submitted_assignment.student_id, notebook.name, submitted_notebook.late_submission_penalty, submitted_assignment.timestamp,
       submitted_assignment.extension
FROM submitted_notebook
JOIN notebook ON notebook.id = submitted_notebook.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
JOIN assignment ON assignment.id = submitted_assignment.assignment_id
WHERE assignment.name = ?
"""


@dataclass(frozen=True)
class CellScore:
    """What the gradebook has for one graded cell."""

    notebook: str
    score: float
    max_score: float
    by_hand: bool
    waiting: bool
    """Whether a person must look at it."""


@dataclass
class StudentMarks:
    """What the gradebook has for one submission."""

    cells: dict[str, CellScore] = field(default_factory=dict)
    penalties: dict[str, float] = field(default_factory=dict)
    """Notebook -> points taken off for being late."""
    handed_in: datetime | None = None
    """In UTC and without a zone."""
    extension: timedelta | None = None

    @property
    def score(self) -> float:
        """Points of all cells, before anything is taken off."""
        return sum(c.score for c in self.cells.values())

    @property
    def max_score(self) -> float:
        """The maximum."""
        return sum(c.max_score for c in self.cells.values())

    @property
    def penalty(self) -> float:
        """Points taken off for being late."""
        return sum(self.penalties.values())

    @property
    def total(self) -> float:
        """The mark, as `export` and feedback show it."""
        return round(max(0.0, self.score - self.penalty), 2)

    @property
    def waiting(self) -> int:
        """Answers that nobody has graded yet."""
        return sum(c.waiting for c in self.cells.values())

    def by_notebook(self) -> dict[str, tuple[float, float]]:
        """Notebook -> points, and the maximum."""
        found = dict.fromkeys(self.penalties, (0.0, 0.0))
        for cell in self.cells.values():
            score, most = found.get(cell.notebook, (0.0, 0.0))
            found[cell.notebook] = score + cell.score, most + cell.max_score
        return found


def marks_of_class(workspace: Workspace, assignment: str) -> dict[str, StudentMarks]:
    """Student -> marks, for everybody who has a row in the gradebook; empty without a gradebook."""
    found: dict[str, StudentMarks] = {}
    with _database(workspace) as database:
        if database is None:
            return found
        for student, notebook, penalty, timestamp, extension in database.execute(_NOTEBOOKS, (assignment,)):
            marks = found.setdefault(student, StudentMarks())
            marks.penalties[notebook] = float(penalty or 0.0)
            marks.handed_in = datetime.fromisoformat(timestamp) if timestamp else None
            # SQLAlchemy stores an interval as a time after the beginning of 1970.
            marks.extension = datetime.fromisoformat(extension) - datetime(1970, 1, 1) if extension else None
        for student, notebook, cell, most, score, by_hand, waiting in database.execute(_GRADES, (assignment,)):
            found[student].cells[cell] = CellScore(notebook, float(score), float(most or 0.0), bool(by_hand), bool(waiting))
    return found


@contextlib.contextmanager
def _database(workspace: Workspace) -> Iterator[sqlite3.Connection | None]:
    if not workspace.gradebook.exists():
        yield None
        return
    with contextlib.closing(sqlite3.connect(workspace.gradebook, timeout=5)) as database:
        try:
            database.execute("SELECT 1 FROM submitted_notebook LIMIT 1")
        except sqlite3.OperationalError:  # a gradebook that nbgrader has not filled yet
            yield None
            return
        yield database
