"""Writes one result into nbgrader's gradebook and the graded copy, as `nbgrader autograde` does, but with each step done once.

nbgrader's converter reads, checks, copies and writes every notebook twice and opens the gradebook about twenty times for each
submission. Here the same steps work on cells in memory and rows of one transaction. All marks are entered here: `autograder grade` calls
this through `autograder.gradebook.recorder`, and so do `nbgrader autograde` and the formgrader's button, through
`autograder.gradebook.from_nbgrader`.

Read for nbgrader 0.9.6, `converters/base.py` and `converters/autograde.py`: settings, hooks and permissions are those of its converter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment
from nbgrader.converters import Autograde
from nbgrader.utils import temp_attrs

from autograder.gradebook import graded_copy, nodes
from autograder.gradebook.hand_grading import HandGrading
from autograder.gradebook.late_penalties import deadlines_for_marks, enter_extension, enter_penalty, governs, standings_of
from autograder.gradebook.released import released_notebook
from autograder.gradebook.repair import repair
from autograder.gradebook.rows import GradebookConnection, NotebookRows, Transaction, rows_of, source_cells
from autograder.gradebook.score_cells import document_of_notebook
from autograder.gradebook.steps import NotebookWork, Steps
from autograder.gradebook.task_comments import add_comments
from autograder.intake.submission import submitted_files
from autograder.manifest import Course
from autograder.results.documents import Document
from autograder.workspace.nbgrader_config import EXPORTER, LOCAL_FILE
from autograder.workspace.workspace import Obstacle, Workspace


class ResultWriter:
    """Writes results of one workspace, one transaction for each, over one connection.

    Parameters
    ----------
    converter : nbgrader's converter with the configuration of the workspace; it converts nothing.

    Raises
    ------
    Obstacle
        When no right mark could be entered with this configuration.
    """

    def __init__(self, workspace: Workspace, course: Course, converter: Autograde) -> None:
        self.workspace, self.course, self.converter = workspace, course, converter
        _require_our_exporter(converter)
        self._deadlines = deadlines_for_marks(workspace)
        self._governed = {a.name for a in course.assignments if governs(workspace, self._deadlines, a.name)}
        if any(self._deadlines.governs(a.name) for a in course.assignments):
            _require_one_home(converter)
        self._steps = Steps(converter, {t.id for t in course.tasks}, self._governed)
        self._connection = GradebookConnection(workspace, course.name)
        self._sources: dict[str, dict[str, dict[str, Any]]] = {}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def excludes(self, student: str) -> bool:
        """Whether nbgrader is configured to leave this student out."""
        return student in self.converter.coursedir.student_id_exclude.split(",")

    def write(self, student: str, assignment: str, document: Document, interrupted: dict[str, Any]) -> None:
        """Write scores and comments, then replace the previous graded copy.

        A kill in between leaves the old copy beside new scores, and the result unmarked as recorded, so that the next run does it again.

        Parameters
        ----------
        interrupted : see `HandGrading`; empty if nothing was interrupted.
        """
        target = self.workspace.autograded(student, assignment)
        self._call_hook(self.converter.pre_convert_hook, self.converter.run_pre_convert_hook, student, assignment)
        graded = submitted_files(self.workspace.submitted(student, assignment), self.course, assignment)
        with graded_copy.replacing(target) as copy:
            graded_copy.copy_files(self.workspace, self.course, self.converter, student, assignment, copy, graded)
            self._write_notebooks(copy, student, assignment, document, interrupted, graded)
        if self.converter.coursedir.groupshared:
            self.converter.set_permissions(assignment, student)
        self._call_hook(self.converter.post_convert_hook, self.converter.run_post_convert_hook, student, assignment)

    def _call_hook(self, hook: Any, run: Callable[[], None], student: str, assignment: str) -> None:
        """An instructor's hook, with the arguments that nbgrader gives it; nbgrader logs what it raises and goes on."""
        if hook is None:
            return
        submitted = self.workspace.submitted(student, assignment)
        self.converter.notebooks = sorted(str(path) for path in submitted.glob("*.ipynb"))
        with temp_attrs(self.converter.coursedir, assignment_id=assignment, student_id=student):
            run()

    def _write_notebooks(
        self, copy: Path, student: str, assignment: str, document: Document, interrupted: dict[str, Any], graded: dict[str, bytes]
    ) -> None:
        """Run every notebook of the assignment through the steps, handed in or not, and write it into the copy; then commit."""
        with self._connection.transaction() as transaction:
            submission = self._submission(transaction.book, student, assignment)
            for work in self._notebooks(transaction, submission, copy, document, interrupted, graded):
                self._steps.run(work)
                graded_copy.write_file(copy / f"{work.name}.ipynb", nodes.text(work.notebook), self.converter.permissions)
            if assignment in self._governed:
                self._enter_penalty(transaction.book, submission)

    def _enter_penalty(self, book: Gradebook, submission: SubmittedAssignment) -> None:
        book.db.flush()
        for entry in submission.notebooks:
            book.db.expire(entry, ["score"])
        points = {entry.name: (float(entry.score), float(entry.max_score)) for entry in submission.notebooks}
        standing = standings_of(self.workspace, self._deadlines, submission.student_id)[submission.name]
        enter_penalty(submission, standing, points)

    def _notebooks(
        self,
        transaction: Transaction,
        submission: SubmittedAssignment,
        copy: Path,
        document: Document,
        interrupted: dict[str, Any],
        graded: dict[str, bytes],
    ) -> Iterator[NotebookWork]:
        """The notebooks of a submission, repaired, with their rows."""
        book, student, assignment = transaction.book, submission.student_id, submission.name
        grades, comments = rows_of(book, Grade, submission), rows_of(book, Comment, submission)
        for name, rows in grades.items():
            add_comments(book, rows, comments.setdefault(name, {}))
        hand_grading = HandGrading(grades, self.workspace.autograded(student, assignment), interrupted)
        sources = self._sources.get(assignment) or self._sources.setdefault(assignment, source_cells(book, assignment))
        for entry in list(submission.notebooks):
            name = entry.name
            yield NotebookWork(
                notebook=self._repaired(graded.get(f"{name}.ipynb"), assignment, name),
                name=name,
                student=student,
                assignment=assignment,
                folder=copy,
                document=document_of_notebook(self.workspace, self.course, student, assignment, name, document),
                rows=NotebookRows(sources[name], grades.get(name, {}), comments.get(name, {})),
                entry=entry,
                submission=submission,
                hand_grading=hand_grading,
                book=book,
                commit_now=transaction.commit_now,
            )

    def _submission(self, book: Gradebook, student: str, assignment: str) -> SubmittedAssignment:
        """The row of the submission, with the time of the hand-in."""
        if self.converter.create_student:
            book.update_or_create_student(student)
        else:
            book.find_student(student)
        book.find_assignment(assignment)
        timestamp = self.converter.coursedir.get_existing_timestamp(str(self.workspace.submitted(student, assignment)))
        submission = book.update_or_create_submission(assignment, student, **({"timestamp": timestamp} if timestamp else {}))
        if self._deadlines.lines:
            enter_extension(submission, standings_of(self.workspace, self._deadlines, student)[assignment])
        return submission

    def _repaired(self, submitted: bytes | None, assignment: str, name: str) -> NotebookNode:
        done = repair(submitted, released_notebook(self.workspace, assignment, name))
        done.notebook.metadata["coursenn"] = {"notes": done.notes}
        return done.notebook


def _require_one_home(converter: Autograde) -> None:
    """Refuse rules for late work both in ``deadlines.csv`` and in nbgrader's settings."""
    settings = converter.config
    for kind, name in (("AssignLatePenalties", "plugin_class"), ("LateSubmissionPlugin", "penalty_method")):
        if name in settings.get(kind, {}):
            raise Obstacle(
                f"deadlines.csv says what late work loses, and {LOCAL_FILE} sets {kind}.{name} as well: remove one of the two "
                "(the column rule in the file, or that line)."
            )


def _require_our_exporter(converter: Autograde) -> None:
    """Refuse another exporter, with which nbgrader's own commands would grade differently."""
    exporter = converter.exporter_class
    if f"{exporter.__module__}.{exporter.__name__}" != EXPORTER:
        raise Obstacle(
            f"{LOCAL_FILE} sets Autograde.exporter_class to {exporter.__name__}, so that nbgrader would grade by itself: "
            "remove that line. Steps of your own go into Autograde.autograde_preprocessors."
        )
