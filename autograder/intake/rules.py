"""What grading accepts from a hand-in, by the manifest; students have the same rules in their ``tasks.json``."""

from __future__ import annotations

from autograder.given_module import hand_in
from autograder.manifest import Assignment, Course


def rules_of(course: Course, assignment: Assignment | str | None = None) -> hand_in.Rules:
    """The rules of an assignment; with the notebooks of all of them by default."""
    names = tuple(notebook.name for notebook in course.notebooks)
    wanted = names
    if assignment is not None:
        wanted = (course.assignment(assignment) if isinstance(assignment, str) else assignment).notebooks
    return hand_in.Rules(
        editable=tuple(course.editable),
        notebooks=tuple(wanted),
        models=course.models,
        given=given_fingerprints(course),
        elsewhere=tuple(name for name in names if name not in wanted),
    )


def given_fingerprints(course: Course) -> dict[str, str | None]:
    """Given file, relative to ``coursenn/`` -> a fingerprint that shows a changed copy; None if a release generates the file anew."""
    return {name: None if name.endswith(".json") else hand_in.fingerprint(path.read_bytes()) for name, path in course.given.items()}
