"""Comments on tasks: nbgrader keeps one for each cell that students fill in, and here also for each check, whose code is elsewhere.

Read for nbgrader 0.9.6: the table of comments takes any cell (`Comment` in `nbgrader/api.py`); the formgrader loads and saves every
comment that is there and finds its box by the cell's name (`formgrade.js`), which `autograder.pages.comment_box` puts below the check;
only `Gradebook.find_comment` looks for no other cells than those that students fill in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Comment, Gradebook
from nbgrader.preprocessors import GetGrades
from nbgrader.utils import is_grade, is_solution, is_task

from autograder.gradebook.rows import rows_of


def add_comments(book: Gradebook, grades: Mapping[str, Any], comments: dict[str, Any]) -> None:
    """Give every graded cell of a submitted notebook a comment to be written.

    Parameters
    ----------
    grades : rows of the cells of one notebook, by their names.
    comments : likewise; what is added to the gradebook is added here.
    """
    for name, grade in grades.items():
        if name not in comments:
            comments[name] = Comment(cell_id=grade.cell_id, notebook_id=grade.notebook_id)
            book.db.add(comments[name])


class GetGradesAndComments(GetGrades):  # type: ignore[misc]
    """nbgrader's preprocessor, which also puts the comments on checks into the cells."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Put scores and comments from the gradebook into a notebook."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as book:
            submission = book.find_submission(about["assignment"], about["student"])
            written = rows_of(book, Comment, submission).get(about["notebook"], {})
            self._written = {name: row.comment for name, row in written.items()}
        nb, resources = super().preprocess(nb, resources)
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], cell_index: int) -> tuple[NotebookNode, dict[str, Any]]:
        """The same for one cell."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if is_grade(cell) and not is_solution(cell) and not is_task(cell):
            cell.metadata.nbgrader["comment"] = self._written.get(cell.metadata.nbgrader["grade_id"])
        return cell, resources
