"""The short way of one result into nbgrader's gradebook and graded copy: what `nbgrader autograde` does, once instead of several times.

nbgrader's converter reads, checks, copies and writes every notebook twice and opens the gradebook some twenty times for each
submission. Here its own steps (`OverwriteCells`, `LimitOutput`, `SaveAutoGrades`, the late penalties) see cells in memory and rows of
one transaction. A test holds the two ways together, byte for byte and row for row.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from fnmatch import translate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbformat.notebooknode import NotebookNode
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
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput, OverwriteCells, SaveAutoGrades
from nbgrader.utils import is_solution
from sqlalchemy import Index
from sqlalchemy.exc import OperationalError

from autograder.gradebook import nodes
from autograder.gradebook.repair import repair
from autograder.gradebook.stage import document_of_notebook, released_notebook, score_notebook
from autograder.intake.files import read_file, read_regular
from autograder.manifest import Course
from autograder.results.documents import Document
from autograder.workspace import nbgrader_api
from autograder.workspace.nbgrader_config import AUTOGRADE, EXPORTER, HOOK, SANITIZE
from autograder.workspace.workspace import Workspace, WorkspaceError

OLD = "old"
AGAIN = "release the assignment again, then grade it again"
INDEXES = tuple(
    Index(f"coursenn_{column.table.name}_{column.name}", column)
    for column in (Grade.__table__.c.notebook_id, Comment.__table__.c.notebook_id, SubmittedNotebook.__table__.c.assignment_id)
)
"""What nbgrader's tables lack: without them everybody's rows are read to find those of one submission, 65 ms when there are 1,800."""


def usual(app: Autograde) -> bool:
    """Whether a workspace is configured as it was generated, so that the short way does all that nbgrader would."""
    name = app.exporter_class if isinstance(app.exporter_class, str) else f"{app.exporter_class.__module__}.{app.exporter_class.__name__}"
    hook = app.pre_convert_hook
    return (
        list(app.sanitize_preprocessors) == list(SANITIZE)
        and list(app.autograde_preprocessors) == list(AUTOGRADE)
        and (name, f"{hook.__module__}.{hook.__name__}" if callable(hook) else hook) == (EXPORTER, HOOK)
        and app.post_convert_hook is None
        and not app.coursedir.groupshared
        and not app.coursedir.student_id_exclude
    )


class Rows:
    """What nbgrader's steps look up in a gradebook while they work on one notebook, held in memory."""

    def __init__(self, sources: dict[str, Any], grades: dict[str, Grade], comments: dict[str, Comment]) -> None:
        self._sources, self._grades, self._comments = sources, grades, comments
        self.db = SimpleNamespace(commit=lambda: None)

    def find_source_cell(self, name: str, _notebook: str, _assignment: str) -> Any:
        """The released cell of that name."""
        return _found(self._sources, name)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> Any:
        """The same, which must carry points."""
        cell = self.find_source_cell(name, notebook, assignment)
        if cell.max_score is None:
            raise WorkspaceError(f"the gradebook has no points for the cell {name}: {AGAIN}")
        return cell

    def find_grade(self, name: str, _notebook: str, _assignment: str, _student: str) -> Grade:
        """The score of a cell."""
        return _found(self._grades, name)

    def find_comment(self, name: str, _notebook: str, _assignment: str, _student: str) -> Comment:
        """The comment on a cell."""
        return _found(self._comments, name)


def _found(rows: dict[str, Any], name: str) -> Any:
    if name not in rows:
        raise WorkspaceError(f"the gradebook does not know the cell {name}: {AGAIN}")
    return rows[name]


class Entering:
    """Enters results of one workspace, one transaction for each, over one connection."""

    def __init__(self, workspace: Workspace, course: Course, api: NbGraderAPI) -> None:
        self.workspace, self.course = workspace, course
        self.app = Autograde(coursedir=api.coursedir, parent=api)
        self._overwrite = OverwriteCells(parent=self.app)
        self._limit = LimitOutput(parent=self.app)
        self._save = SaveAutoGrades(parent=self.app)
        self._late = AssignLatePenalties(parent=self.app)
        self._late.init_plugin()
        self._book: Gradebook | None = None
        self._sources: dict[str, dict[str, dict[str, Any]]] = {}

    def close(self) -> None:
        """Give the connection back."""
        if self._book is not None:
            self._book.close()
            self._book = None

    def enter(self, student: str, assignment: str, document: Document) -> None:
        """Write scores and comments, then put the graded copy in place of the one before.

        A kill in between leaves the old copy beside new scores, and the result unmarked as recorded, so that the next run does it again.
        """
        target = self.workspace.autograded(student, assignment)
        target.parent.mkdir(parents=True, exist_ok=True)
        _restore(target)
        # nbgrader's patterns do not match hidden names.
        work = Path(tempfile.mkdtemp(prefix=f".{assignment}-", dir=target.parent))
        try:
            copy = work / "new"
            self._copy_files(copy, student, assignment)
            self._transaction(lambda book: self._notebooks(book, copy, student, assignment, document))
            if target.exists():
                os.rename(target, work / OLD)
            os.rename(copy, target)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _transaction(self, does: Callable[[Gradebook], None]) -> None:
        """Everything or nothing: the commits that nbgrader's calls make become one, at the end."""
        try:
            if self._book is None:
                self._book = Gradebook(self.workspace.db_url, self.course.name)
                for index in INDEXES:
                    index.create(self._book.engine, checkfirst=True)
            database = self._book.db
            commit, database.commit = database.commit, database.flush
            try:
                does(self._book)
                commit()
            except BaseException:
                database.rollback()
                raise
            finally:
                database.commit = commit
                database.remove()
        except OperationalError as error:
            raise nbgrader_api.locked(self.workspace, error) from error
        except InvalidEntry as error:  # nbgrader's name for whatever the database said
            raise nbgrader_api.locked(self.workspace, error) from error
        except MissingEntry as error:
            raise WorkspaceError(f"the gradebook does not know it ({error}): {AGAIN}") from error

    def _notebooks(self, book: Gradebook, copy: Path, student: str, assignment: str, document: Document) -> None:
        book.update_or_create_student(student)
        book.find_assignment(assignment)
        submitted = self.workspace.submitted(student, assignment)
        timestamp = self.app.coursedir.get_existing_timestamp(str(submitted))
        submission = book.update_or_create_submission(assignment, student, **({"timestamp": timestamp} if timestamp else {}))
        grades, comments = _rows(book, Grade, submission), _rows(book, Comment, submission)
        by_hand = {g.id: g.auto_score for rows in grades.values() for g in rows.values() if _settled(g)}
        before = answers(self.workspace.autograded(student, assignment)) if by_hand else {}
        sources = self._sources.get(assignment) or self._sources.setdefault(assignment, _source_cells(book, assignment))
        for entry in submission.notebooks:
            name = entry.name
            notebook = self._notebook(submitted, assignment, name, entry.notebook.kernelspec)
            rows = Rows(sources[name], grades.get(name, {}), comments.get(name, {}))
            self._score(notebook, rows, document_of_notebook(self.workspace, self.course, student, assignment, name, document), name)
            for answer, grade in _graded(notebook, grades.get(name, {})):
                if grade.id in by_hand and by_hand[grade.id] == grade.auto_score and before.get(grade.name) == answer:
                    grade.needs_manual_grade = False
            self._penalty(book, submission, entry, student)
            _write(copy / f"{name}.ipynb", nodes.text(notebook), self.app.permissions)

    def _notebook(self, submitted: Path, assignment: str, name: str, kernelspec: str | None) -> NotebookNode:
        done = repair(read_regular(submitted / f"{name}.ipynb"), released_notebook(self.workspace.root, assignment, name))
        done.notebook.metadata["coursenn"] = {"notes": done.notes}
        if kernelspec and json.loads(kernelspec):
            done.notebook.metadata["kernelspec"] = json.loads(kernelspec)
        return done.notebook

    def _score(self, notebook: NotebookNode, rows: Rows, document: Document, name: str) -> None:
        """The stages of the generated configuration, in its order."""
        for step in (self._overwrite, self._save):
            step.gradebook, step.notebook_id, step.assignment_id, step.student_id = rows, name, "", ""
        _each(notebook, self._overwrite.preprocess_cell)
        score_notebook(notebook, document, {t.id for t in self.course.tasks})
        _each(notebook, self._limit.preprocess_cell)
        _each(notebook, self._save.preprocess_cell)

    def _penalty(self, book: Gradebook, submission: SubmittedAssignment, entry: SubmittedNotebook, student: str) -> None:
        """As `AssignLatePenalties` does, whose own way is to open the gradebook."""
        entry.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            book.db.flush()
            book.db.expire(entry, ["score"])
            penalty = self._late.plugin_inst.late_submission_penalty(student, entry.score, submission.total_seconds_late)
            if penalty is not None:
                entry.late_submission_penalty = self._late._check_late_penalty(entry, penalty)

    def _copy_files(self, copy: Path, student: str, assignment: str) -> None:
        """What was handed in, then the course's own files over it, but for those that students edit; stubs where these are missing."""
        submitted, source = self.workspace.submitted(student, assignment), self.workspace.source(assignment)
        ignored = _pattern((*self.app.coursedir.ignore, "*.ipynb"))
        edited = set(self.app.exclude_overwriting.get(assignment, ()))
        files = dict(_files(submitted, ignored))
        stubs = {f"coursenn/{name}": source / "coursenn" / name for name in self.course.editable}
        files = {n: p for n, p in stubs.items() if not (submitted / n).is_file() and p.is_file()} | files
        files |= {n: p for n, p in _files(source, ignored) if n not in edited}
        for name, path in files.items():
            _write(copy / name, read_file(path), self.app.permissions)


def _restore(target: Path) -> None:
    """Undo what a kill has left half done: there is only one writer, so all of it is ours."""
    for left in target.parent.glob(f".{target.name}-*"):
        if (left / OLD).is_dir() and not target.exists():
            os.rename(left / OLD, target)
        shutil.rmtree(left, ignore_errors=True)


def _rows(book: Gradebook, kind: type, submission: SubmittedAssignment) -> dict[str, dict[str, Any]]:
    """Grades or comments of a submission: notebook -> cell -> row."""
    query = book.db.query(kind, BaseCell.name, Notebook.name).join(BaseCell, BaseCell.id == kind.cell_id)  # type: ignore[attr-defined]
    query = query.join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id).join(Notebook)  # type: ignore[attr-defined]
    found: dict[str, dict[str, Any]] = {}
    for row, cell, notebook in query.filter(SubmittedNotebook.assignment_id == submission.id):
        found.setdefault(notebook, {})[cell] = row
    return found


def _source_cells(book: Gradebook, assignment: str) -> dict[str, dict[str, Any]]:
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


def _settled(grade: Grade) -> bool:
    return grade.manual_score is not None and not grade.needs_manual_grade


def _graded(notebook: NotebookNode, grades: dict[str, Grade]) -> Iterator[tuple[str | None, Grade]]:
    """Graded cells: the answer, None where students answer in the package, and the row."""
    for cell in notebook.cells:
        if (grade := grades.get(cell.metadata.get("nbgrader", {}).get("grade_id"))) is not None:
            yield str(cell.source) if is_solution(cell) else None, grade


def _each(notebook: NotebookNode, step: Callable[..., tuple[NotebookNode, Any]]) -> None:
    for index, cell in enumerate(notebook.cells):
        notebook.cells[index], _ = step(cell, {}, index)


@functools.lru_cache(maxsize=8)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """File names that one of nbgrader's patterns matches: as in a shell, a wildcard stands for no leading dot."""
    return re.compile("|".join(translate(p) if p.startswith(".") else rf"(?!\.)(?:{translate(p)})" for p in patterns))


def _files(folder: Path, ignored: re.Pattern[str]) -> Iterator[tuple[str, Path]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not ignored.match(f)]
        for name in names:
            if not ignored.match(name):
                path = Path(place, name)
                yield path.relative_to(folder).as_posix(), path


def _write(path: Path, content: str | Iterator[bytes], permissions: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines([content.encode("utf-8")] if isinstance(content, str) else content)
    path.chmod(int(str(permissions), 8))


def answers(folder: Path) -> dict[str, str]:
    """What stands in the cells that students fill in, of a graded copy."""
    cells = (cell for path in sorted(folder.glob("*.ipynb")) for cell in nodes.read(path).cells)
    return {str(cell.metadata.nbgrader.grade_id): str(cell.source) for cell in cells if is_solution(cell)}
