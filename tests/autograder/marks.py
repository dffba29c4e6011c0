"""The results of a graded class, in a form that allows comparing two runs; and marks given by hand."""

from __future__ import annotations

import json
from typing import Any

from autograder.manifest import Course
from autograder.results.store import Results
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace

TIMES = ("elapsed_s", "cpu_s", "stages_s")


def without_times(value: Any) -> Any:
    """Return a document without the fields that always differ between runs."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in TIMES}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def documents_of(workspace: Workspace, course: Course, assignment: str = "first") -> dict[str, str]:
    """Student -> result document as text, without times."""
    results = Results(workspace, course)
    found = {}
    for student in workspace.students(assignment):
        document = results.load(results.key(student, assignment))
        found[student] = json.dumps(without_times(document), sort_keys=True) if document else "none"
    return found


def grade_by_hand(workspace: Workspace, student: str, *cells: str, score: float = 1.0, comment: str | None = None) -> None:
    """Give cells of the small course a score, and perhaps a comment, as a person does in the formgrader."""
    with nbgrader_api.gradebook(workspace) as book:
        for cell in cells:
            notebook = "Beta" if cell.startswith("beta") else "Alpha"
            grade = book.find_grade(cell, notebook, "first", student)
            grade.manual_score, grade.needs_manual_grade = score, False
            if comment is not None:
                book.find_comment(cell, notebook, "first", student).manual_comment = comment
        book.db.commit()


def marks_of(workspace: Workspace, assignment: str = "first") -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """(student, notebook, cell) -> scores, whether a person must look, and comments, as the gradebook holds them."""
    marks: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    with nbgrader_api.gradebook(workspace) as book:
        for submission in book.assignment_submissions(assignment):
            for notebook in submission.notebooks:
                place = (submission.student_id, notebook.name)
                marks[(*place, "")] = (notebook.score, notebook.max_score, notebook.late_submission_penalty)
                for g in notebook.grades:
                    marks[(*place, g.name)] = (g.auto_score, g.manual_score, g.score, g.max_score, g.needs_manual_grade)
                for c in notebook.comments:
                    marks[(*place, f"comment on {c.name}")] = (c.auto_comment, c.manual_comment)
    return marks
