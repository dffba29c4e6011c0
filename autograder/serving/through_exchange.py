"""Lets students fetch an answer as they fetch feedback: with ``nbgrader fetch_feedback``."""

from __future__ import annotations

from autograder.intake.digest import BOOKKEEPING
from autograder.manifest import Course
from autograder.paths import write_atomically
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace

FOLDER = "served/feedback"
"""A folder in the workspace. The folder of the real feedback is not used, since other commands send what is in it."""


def release_through_exchange(workspace: Workspace, course: Course, assignment: str, student: str, page: str) -> bool:
    """Put an answer into nbgrader's exchange; False for a student who handed in another way.

    nbgrader finds a page by the secret that its ``submit`` wrote and by the name of a notebook. The feedback that is released later has the
    same name, and takes its place.
    """
    submitted = workspace.submitted(student, assignment)
    if not all((submitted / name).is_file() for name in BOOKKEEPING):
        return False
    folder = workspace.root / FOLDER / student / assignment
    for name in BOOKKEEPING:
        write_atomically(folder / name, (submitted / name).read_bytes())
    for notebook in course.assignment(assignment).notebooks:
        # nbgrader copies it with its permissions, and another account fetches it.
        write_atomically(folder / f"{notebook}.html", page, mode=0o644)
    api = nbgrader_api.api(workspace)
    api.coursedir.feedback_directory = FOLDER
    nbgrader_api.run_or_raise(workspace, "release_feedback", lambda: api.release_feedback(assignment, student))
    return True
