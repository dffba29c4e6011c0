"""The mark of each student for one assignment, for whatever hands marks on: the one place that says where they are read."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.manifest import Course
from autograder.outgoing.export import rows
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


def final_marks(workspace: Workspace, course: Course, assignment: str) -> dict[str, FinalMark]:
    """Student -> mark, for everybody in the gradebook, late penalties taken off.

    Raises
    ------
    WorkspaceError
        When there is no gradebook yet.
    """
    return {
        row["student"]: FinalMark(row["total"], row["max"], handed_in=row["questions"] != "", waiting=int(row["to_grade"] or 0))
        for row in rows(workspace, course, (assignment,))
    }
