"""Enters what late work loses from ``deadlines.csv`` into nbgrader's gradebook: into its penalty column and its extensions.

nbgrader keeps a penalty for each notebook. A rule applies to the whole assignment, so the points lost are spread over the notebooks in
proportion to their points.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from autograder.collect.deliveries import read_time
from autograder.term.deadline_file import Deadlines, deadlines_of
from autograder.term.standing import NEVER, Standing, standings
from autograder.workspace.nbgrader_config import LOCAL_FILE
from autograder.workspace.workspace import Obstacle, Workspace, WorkspaceError


def standings_of(workspace: Workspace, deadlines: Deadlines, student: str) -> dict[str, Standing]:
    """Where a student is with every assignment, from what is in ``submitted/`` now."""
    times: dict[str, datetime | None] = {a: read_time(workspace.submitted(student, a)) for a in deadlines.assignments}
    return standings(deadlines, student, times)


def deadlines_for_marks(workspace: Workspace) -> Deadlines:
    """The deadlines; a file that cannot be read stops everybody's marks."""
    try:
        return deadlines_of(workspace)
    except WorkspaceError as error:
        raise Obstacle(str(error)) from error


def governs(workspace: Workspace, deadlines: Deadlines, assignment: str) -> bool:
    """Whether ``deadlines.csv`` decides what late work loses: it states a rule, or it exists and nbgrader's settings state none."""
    return deadlines.governs(assignment) or (bool(deadlines.lines) and not _nbgrader_decides(workspace))


def _nbgrader_decides(workspace: Workspace) -> bool:
    """Whether an instructor's own settings concern late work; they are read as text, since asking nbgrader takes seconds."""
    try:
        text = (workspace.root / LOCAL_FILE).read_text(encoding="utf-8")
    except OSError:
        return False
    return "LatePenalties" in text or "LateSubmission" in text


def spread(standing: Standing, notebooks: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Notebook -> points that it loses.

    Parameters
    ----------
    notebooks : name -> points earned, and the maximum.
    """
    score, most = sum(s for s, _ in notebooks.values()), sum(m for _, m in notebooks.values())
    lost = 0.0 if standing.terms.excused else standing.points_lost(score, most)
    return {name: round(lost * s / score, 6) if score > 0 else 0.0 for name, (s, _) in notebooks.items()}


def enter_penalty(submission: Any, standing: Standing, notebooks: Mapping[str, tuple[float, float]]) -> None:
    """Enter penalty and extension into the rows of a submission, which nbgrader's own tools show.

    Parameters
    ----------
    submission : nbgrader's `SubmittedAssignment`, in an open transaction.
    notebooks : as in `spread`.
    """
    lost = spread(standing, notebooks)
    for entry in submission.notebooks:
        entry.late_submission_penalty = lost.get(entry.name) or None
    enter_extension(submission, standing)


def enter_extension(submission: Any, standing: Standing) -> None:
    """Enter the student's extension of the class deadline; a negative one is not entered, since nbgrader knows only later deadlines."""
    submission.extension = standing.extension if standing.extension > NEVER else None
