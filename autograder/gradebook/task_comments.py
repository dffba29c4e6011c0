"""Comments on tasks: nbgrader keeps a comment for each cell that students fill in; here each check has one as well.

Read for nbgrader 0.9.6: the table of comments takes any cell (`Comment` in `nbgrader/api.py`); the formgrader loads and saves every
existing comment and finds its box by the cell's name (`formgrade.js`), which `autograder.pages.comment_box` puts below the check;
only `Gradebook.find_comment` looks only for cells that students fill in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.gradebook.rows import rows_of


def add_comments(book: Gradebook, grades: Mapping[str, Any], comments: dict[str, Any]) -> None:
    """Give every graded cell of a submitted notebook a place for a comment.

    Parameters
    ----------
    grades : rows of the cells of one notebook, by their names.
    comments : likewise; comments that are added to the gradebook are also added here.
    """
    for name, grade in grades.items():
        if name not in comments:
            comments[name] = Comment(cell_id=grade.cell_id, notebook_id=grade.notebook_id)
            book.db.add(comments[name])


class GetGradesAndComments(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts scores and comments from the gradebook into a notebook, for its feedback page.

    Does what nbgrader's `GetGrades` does, with four queries instead of about a hundred, and also for comments on checks.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """The whole notebook."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as book:
            entry = book.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
            rows = {kind: rows_of(book, kind, entry.assignment).get(entry.name, {}) for kind in (Grade, Comment)}
            scores = {
                name: {"score": row.score, "points": row.max_score, "waiting": bool(row.needs_manual_grade)}
                for name, row in rows[Grade].items()
            }
            comments = {name: {"comment": row.comment} for name, row in rows[Comment].items()}
            penalty = entry.late_submission_penalty or 0
            about |= {"score": entry.score - penalty, "max_score": entry.max_score, "late_penalty": penalty}
        for cell in nb.cells:
            known = cell.metadata.get("nbgrader", {})
            name = known.get("grade_id")
            known.update({**scores.get(name, {}), **comments.get(name, {})})
        return nb, resources
