"""Who is graded, and how many processes write feedback: asked before anything large is imported."""

from __future__ import annotations

from autograder.processes import cores
from autograder.workspace.workspace import Workspace

WORTH_A_PROCESS = 8
"""From this many students on, another process pays off."""


def graded_students(workspace: Workspace, assignment: str) -> list[str]:
    """Everybody with a graded copy of the assignment, in alphabetical order."""
    return sorted(p.parent.name for p in workspace.root.glob(f"autograded/*/{assignment}") if p.is_dir())


def processes_for(students: int) -> int:
    """The number of processes in which the feedback of this many students is written; at most one means this one."""
    return min(cores(), students // WORTH_A_PROCESS)
