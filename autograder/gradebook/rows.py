"""Access to nbgrader's tables: one connection, one transaction for each submission, rows looked up once.

Read for nbgrader 0.9.6, `nbgrader/api.py`: `Gradebook.db` is SQLAlchemy's scoped session; every call of `Gradebook` that writes ends
with `db.commit()`, and so do the preprocessors after each cell; a failed commit comes back as `InvalidEntry`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    InvalidEntry,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import Index
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import undefer

from autograder.workspace.nbgrader_api import gradebook_error
from autograder.workspace.workspace import Workspace, WorkspaceError

RELEASE_AGAIN = "release the assignment again, then grade it again"
INDEXES = tuple(
    Index(f"coursenn_{column.table.name}_{column.name}", column)
    for column in (Grade.__table__.c.notebook_id, Comment.__table__.c.notebook_id, SubmittedNotebook.__table__.c.assignment_id)
)
"""Indices that nbgrader's tables lack: without them everybody's rows are read to find those of one submission, 65 ms for 1,800."""


@dataclass(frozen=True)
class Transaction:
    """An open transaction: the gradebook, whose own commits wait for the end, and a way to commit earlier."""

    book: Gradebook
    commit_now: Callable[[], None]


class GradebookConnection:
    """The connection to the gradebook of a workspace, opened when it is first needed."""

    def __init__(self, workspace: Workspace, course_name: str) -> None:
        self._workspace, self._course_name = workspace, course_name
        self._book: Gradebook | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._book is not None:
            self._book.close()
            self._book = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Everything or nothing: the commits of nbgrader's calls become one commit at the end.

        Raises
        ------
        WorkspaceError
            When the gradebook cannot be used, or does not know what was requested; `Obstacle` when no result can be entered.
        """
        try:
            with _one_commit(self._opened()) as transaction:
                yield transaction
        except OperationalError as error:
            raise gradebook_error(self._workspace, error) from error
        except InvalidEntry as error:
            raise gradebook_error(self._workspace, error) from error
        except MissingEntry as error:
            raise WorkspaceError(f"the gradebook does not know it ({error}): {RELEASE_AGAIN}") from error

    def _opened(self) -> Gradebook:
        if self._book is None:
            self._book = Gradebook(self._workspace.db_url, self._course_name)
            for index in INDEXES:
                index.create(self._book.engine, checkfirst=True)
        return self._book


@contextlib.contextmanager
def _one_commit(book: Gradebook) -> Iterator[Transaction]:
    session = book.db
    commit, session.commit = session.commit, session.flush
    try:
        yield Transaction(book, commit)
        commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.commit = commit
        session.remove()


class NotebookRows:
    """The rows that nbgrader's steps look up in a gradebook while they work on one notebook, in memory.

    It has the methods of `nbgrader.api.Gradebook` that `OverwriteCells` and `SaveAutoGrades` call.
    """

    def __init__(self, sources: dict[str, Any], grades: dict[str, Grade], comments: dict[str, Comment]) -> None:
        self._sources, self._comments = sources, comments
        self.grades = grades
        self.db = SimpleNamespace(commit=lambda: None)

    def find_source_cell(self, name: str, _notebook: str, _assignment: str) -> Any:
        """The released cell of that name."""
        return _named(self._sources, name)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> Any:
        """The same, for a cell that must have points."""
        cell = self.find_source_cell(name, notebook, assignment)
        if cell.max_score is None:
            raise WorkspaceError(f"the gradebook has no points for the cell {name}: {RELEASE_AGAIN}")
        return cell

    def find_grade(self, name: str, _notebook: str, _assignment: str, _student: str) -> Grade:
        """The score of a cell."""
        return _named(self.grades, name)

    def find_comment(self, name: str, _notebook: str, _assignment: str, _student: str) -> Comment:
        """The comment on a cell."""
        return _named(self._comments, name)


def _named(rows: dict[str, Any], name: str) -> Any:
    if name not in rows:
        raise WorkspaceError(f"the gradebook does not know the cell {name}: {RELEASE_AGAIN}")
    return rows[name]


def rows_of(book: Gradebook, kind: type, submission: SubmittedAssignment, *, maxima: bool = False) -> dict[str, dict[str, Any]]:
    """Grades or comments of a submission: notebook -> cell -> row.

    Parameters
    ----------
    maxima : read the maxima of grades as well; otherwise each of them takes a query of its own when it is asked for.
    """
    query = book.db.query(kind, BaseCell.name, Notebook.name).join(BaseCell, BaseCell.id == kind.cell_id)  # type: ignore[attr-defined]
    query = query.join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id).join(Notebook)  # type: ignore[attr-defined]
    if maxima and kind is Grade:
        query = query.options(undefer(Grade.max_score))  # type: ignore[attr-defined]
    found: dict[str, dict[str, Any]] = {}
    for row, cell, notebook in query.filter(SubmittedNotebook.assignment_id == submission.id):
        found.setdefault(notebook, {})[cell] = row
    return found


def source_cells(book: Gradebook, assignment: str) -> dict[str, dict[str, Any]]:
    """Released cells as the gradebook has them, as plain data: notebook -> cell -> what `OverwriteCells` compares."""
    found: dict[str, dict[str, Any]] = {}
    for notebook in book.db.query(Notebook).join(Assignment).filter(Assignment.name == assignment):
        points = {c.name: c.max_score for kind in (GradeCell, TaskCell) for c in book.db.query(kind).filter_by(notebook_id=notebook.id)}
        found[notebook.name] = {
            c.name: SimpleNamespace(
                name=c.name, cell_type=c.cell_type, locked=c.locked, source=c.source, checksum=c.checksum, max_score=points.get(c.name)
            )
            for c in notebook.source_cells
        }
    return found
