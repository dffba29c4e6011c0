"""Comments on tasks: nbgrader keeps a comment for each cell that students fill in; here each check has one as well.

Read for nbgrader 0.9.6: the table of comments takes any cell (`Comment` in `nbgrader/api.py`); the formgrader loads and saves every
existing comment and finds its box by the cell's name (`formgrade.js`), which `autograder.pages.comment_box` puts below the check;
only `Gradebook.find_comment` looks only for cells that students fill in.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy.engine import make_url

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


@dataclass(frozen=True)
class _Entry:
    """What the gradebook holds of a submitted notebook."""

    about: Mapping[str, Any]
    cells: Mapping[str, Mapping[str, Any]]
    """Name of a cell -> what its page says of it."""


@lru_cache(maxsize=1)
def _opened(db_url: str, _inode: int) -> Gradebook:
    """The gradebook: a process that writes feedback asks for everybody's, and opening one takes longer than a student's rows."""
    return Gradebook(db_url)


@lru_cache(maxsize=1)
def _entries(db_url: str, assignment: str, student: str, state: tuple[int, ...]) -> dict[str, _Entry]:
    """What the gradebook holds of each notebook of a submission; remembered, since the pages of all of them are made one after the other.

    Parameters
    ----------
    state : inode, size and time of change of the gradebook's files, so that a changed one is read again, and another one opened.
    """
    book = _opened(db_url, state[0])
    try:
        submission = book.find_submission(assignment, student)
        grades, comments = (rows_of(book, kind, submission, maxima=True) for kind in (Grade, Comment))
        found = {}
        for entry in submission.notebooks:
            cells: dict[str, dict[str, Any]] = {
                name: {"score": row.score, "points": row.max_score, "waiting": bool(row.needs_manual_grade)}
                for name, row in grades.get(entry.name, {}).items()
            }
            for name, row in comments.get(entry.name, {}).items():
                cells.setdefault(name, {})["comment"] = row.comment
            penalty = entry.late_submission_penalty or 0
            about = {"score": entry.score - penalty, "max_score": entry.max_score, "late_penalty": penalty}
            found[entry.name] = _Entry(about, cells)
        return found
    finally:
        # Nothing is held between two students.
        book.db.remove()


def _state_of(db_url: str) -> tuple[int, ...]:
    path = Path(make_url(db_url).database or "")
    # A journal beside it holds what is not yet in the file itself.
    files = [p for p in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")) if p.exists()]
    found = tuple(number for p in files for number in (p.stat().st_ino, p.stat().st_size, p.stat().st_mtime_ns))
    # What is not a file on this machine is read every time.
    return found or (time.monotonic_ns(),)


class GetGradesAndComments(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts scores and comments from the gradebook into a notebook, for its feedback page.

    Does what nbgrader's `GetGrades` does, with four queries instead of about a hundred, and also for comments on checks.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """The whole notebook."""
        about = resources["nbgrader"]
        found = _entries(about["db_url"], about["assignment"], about["student"], _state_of(about["db_url"]))
        if (entry := found.get(about["notebook"])) is None:
            raise MissingEntry(f"the gradebook knows no {about['notebook']} of {about['student']}")
        about |= entry.about
        for cell in nb.cells:
            known = cell.metadata.get("nbgrader", {})
            known.update(entry.cells.get(known.get("grade_id"), {}))
        return nb, resources
