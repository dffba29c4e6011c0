"""The mark of each student for one assignment, for every export: the only place that reads them."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.collect.roster import active_students
from autograder.manifest import Course
from autograder.outgoing.export import EXCUSED, is_graded, rows
from autograder.term.deadline_file import deadlines_of
from autograder.workspace.workspace import Workspace


@dataclass(frozen=True)
class FinalMark:
    """What one student has for an assignment."""

    points: float
    maximum: float
    handed_in: bool
    """Without a hand-in ``points`` is 0."""
    waiting: int = 0
    """Answers that nobody has graded yet; they count 0 so far."""
    excused: bool = False
    """Whether the assignment does not count, even if something was handed in."""


def final_marks(workspace: Workspace, course: Course, assignment: str) -> dict[str, FinalMark]:
    """Student -> mark after late penalties, for everybody in the gradebook and for excused students on the roster.

    Raises
    ------
    WorkspaceError
        When there is no gradebook yet.
    """
    found = {
        row["student"]: FinalMark(
            row["total"], row["max"], handed_in=is_graded(row), waiting=int(row["to_grade"] or 0), excused=row["status"] == EXCUSED
        )
        for row in rows(workspace, course, (assignment,))
    }
    deadlines, nothing = deadlines_of(workspace), FinalMark(0.0, 0.0, handed_in=False, excused=True)
    excused = (s for s in active_students(workspace) if deadlines.terms(s, assignment).excused)
    return dict.fromkeys(excused, nothing) | found
