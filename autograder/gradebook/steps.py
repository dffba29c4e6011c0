"""Runs nbgrader's two lists of preprocessors, step by step, over one notebook in memory.

Read for nbgrader 0.9.6: `converters/autograde.py` runs `sanitize_preprocessors` over the submitted file, writes it, reads it again and
runs `autograde_preprocessors`; each of its own preprocessors opens the gradebook itself. Here its preprocessors work on cells in
memory and rows of one transaction. A step that an instructor has added is called at its place, as nbconvert would call it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import HasTraits
from traitlets.utils.importstring import import_item

from autograder.gradebook.hand_grading import HandGrading
from autograder.gradebook.rows import NotebookRows
from autograder.gradebook.score_cells import score_notebook
from autograder.gradebook.stage import GradeStage
from autograder.results.documents import Document
from autograder.workspace.nbgrader_config import LOCAL_FILE
from autograder.workspace.workspace import Obstacle, WorkspaceError

LISTS = ("sanitize_preprocessors", "autograde_preprocessors")


@dataclass
class NotebookWork:
    """One notebook of a submission on its way through the steps, and what they need to know about it."""

    notebook: NotebookNode
    name: str
    student: str
    assignment: str
    folder: Path
    """Where its graded copy is being written; the other files of the submission are already there."""
    document: Document
    """The result, as this notebook shows it."""
    rows: NotebookRows
    entry: SubmittedNotebook
    submission: SubmittedAssignment
    hand_grading: HandGrading
    book: Gradebook
    commit_now: Callable[[], None]
    resources: dict[str, Any] = field(default_factory=dict)
    """nbconvert's ``resources``, for steps that are not ours, which may leave something there for each other."""


Step = Callable[[NotebookWork], None]


class Steps:
    """The steps that a workspace is configured for.

    Parameters
    ----------
    converter : nbgrader's converter with the configuration of the workspace.
    task_ids : the tasks of the course, whose graded cells get a score.
    governed : the assignments for which ``deadlines.csv`` says what late work loses; nbgrader's own settings are not used for them.

    Raises
    ------
    Obstacle
        When the lists name something that does not exist, would execute students' code, or would enter no mark.
    """

    def __init__(self, converter: Autograde, task_ids: set[str], governed: Collection[str] = ()) -> None:
        self._converter, self._task_ids, self._governed = converter, task_ids, governed
        self._overwrite = OverwriteCells(parent=converter)
        self._limit = LimitOutput(parent=converter)
        self._save = SaveAutoGrades(parent=converter)
        self._late = AssignLatePenalties(parent=converter)
        self._late.init_plugin()
        self._check = CheckCellMetadata(parent=converter)
        self._steps = self._configured()

    def run(self, work: NotebookWork) -> None:
        """Run all of them."""
        for step in self._steps:
            step(work)

    def _configured(self) -> list[Step]:
        known: dict[object, tuple[Step, bool]] = {
            OverwriteKernelspec: (self._overwrite_kernelspec, OverwriteKernelspec(parent=self._converter).enabled),
            OverwriteCells: (self._overwrite_cells, self._overwrite.enabled),
            GradeStage: (self._write_scores, True),
            LimitOutput: (self._limit_output, self._limit.enabled),
            SaveAutoGrades: (self._save_scores, self._save.enabled),
            AssignLatePenalties: (self._assign_penalty, self._late.enabled),
            CheckCellMetadata: (self._check_metadata, self._check.enabled),
        }
        listed = [(_imported(entry, setting), setting) for setting in LISTS for entry in getattr(self._converter, setting)]
        if all(preprocessor in known for preprocessor, _ in listed):
            # Skipped: a tenth of a second for each notebook, to check metadata that `repair` has just taken from the released notebook.
            known[CheckCellMetadata] = (self._check_metadata, False)
        steps: list[Step] = []
        for preprocessor, setting in listed:
            step, enabled = known[preprocessor] if preprocessor in known else (self._own_step(preprocessor, setting), True)
            steps += [step] if enabled else []
        self._require_scores(steps)
        return steps

    def _require_scores(self, steps: list[Step]) -> None:
        """Refuse a list without them, or in the wrong order, which would take a mark from the student's notebook, or enter none."""
        if [s for s in steps if s in (self._write_scores, self._save_scores)] != [self._write_scores, self._save_scores]:
            raise Obstacle(
                f"{LOCAL_FILE} would not let a right mark be entered: Autograde.autograde_preprocessors must hold GradeStage, and "
                "nbgrader's SaveAutoGrades after it, each once and enabled, as in nbgrader_config.py. Put them back; add steps of your own "
                "with `append` or `insert`."
            )

    def _overwrite_kernelspec(self, work: NotebookWork) -> None:
        """Do what `OverwriteKernelspec` does, which would open the gradebook itself."""
        released = work.entry.notebook.kernelspec
        if released and json.loads(released):
            work.notebook.metadata["kernelspec"] = json.loads(released)

    def _overwrite_cells(self, work: NotebookWork) -> None:
        _give_rows(self._overwrite, work)
        _each_cell(work.notebook, self._overwrite.preprocess_cell)

    def _write_scores(self, work: NotebookWork) -> None:
        score_notebook(work.notebook, work.document, self._task_ids)

    def _limit_output(self, work: NotebookWork) -> None:
        _each_cell(work.notebook, self._limit.preprocess_cell)

    def _save_scores(self, work: NotebookWork) -> None:
        _give_rows(self._save, work)
        _each_cell(work.notebook, self._save.preprocess_cell)
        work.hand_grading.spare_unchanged(work.notebook, work.rows.grades)

    def _assign_penalty(self, work: NotebookWork) -> None:
        """Do what `AssignLatePenalties` does, which would open the gradebook itself; `_check_late_penalty` keeps it within the score."""
        entry = work.entry
        if work.assignment in self._governed:  # it is entered for all notebooks together, see `late_penalties`
            return
        entry.late_submission_penalty = None
        if work.submission.total_seconds_late > 0:
            work.book.db.flush()
            work.book.db.expire(entry, ["score"])
            penalty = self._late.plugin_inst.late_submission_penalty(work.student, entry.score, work.submission.total_seconds_late)
            if penalty is not None:
                entry.late_submission_penalty = self._late._check_late_penalty(entry, penalty)

    def _check_metadata(self, work: NotebookWork) -> None:
        self._check.preprocess(work.notebook, work.resources)

    def _own_step(self, preprocessor: Any, setting: str) -> Step:
        """A step that an instructor has added, as nbconvert accepts it: a preprocessor class, or a function of notebook and resources."""
        name = getattr(preprocessor, "__name__", type(preprocessor).__name__)
        if isinstance(preprocessor, type):
            if issubclass(preprocessor, ExecutePreprocessor):
                raise Obstacle(
                    f"{LOCAL_FILE} adds {name} to Autograde.{setting}, which would execute students' code outside of the sandbox: "
                    "remove it. `autograder grade --execute` executes notebooks for display, in the sandbox."
                )
            preprocessor = preprocessor(**({"parent": self._converter} if issubclass(preprocessor, HasTraits) else {}))

        def take(work: NotebookWork) -> None:
            # It may open the gradebook itself, and must find there what was saved so far, and no lock.
            work.commit_now()
            try:
                work.notebook, work.resources = preprocessor(work.notebook, work.resources or _resources(work, self._converter))
                nbformat.validate(work.notebook)
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
                raise WorkspaceError(f"{name}, which {LOCAL_FILE} adds to Autograde.{setting}, failed: {problem}") from error

        return take


def _imported(entry: Any, setting: str) -> Any:
    """An entry of a list, which is a dotted name or the thing itself."""
    if not isinstance(entry, str):
        return entry
    try:
        return import_item(entry)
    except (ImportError, ValueError) as error:
        raise Obstacle(f"{LOCAL_FILE} names {entry} in Autograde.{setting}, which cannot be imported: {error}") from error


def _give_rows(step: OverwriteCells | SaveAutoGrades, work: NotebookWork) -> None:
    """Set what their `preprocess` sets before it goes over the cells, with rows in memory in place of the gradebook."""
    step.gradebook, step.notebook_id, step.assignment_id, step.student_id = work.rows, work.name, work.assignment, work.student


def _each_cell(notebook: NotebookNode, step: Callable[..., tuple[NotebookNode, Any]]) -> None:
    for index, cell in enumerate(notebook.cells):
        notebook.cells[index], _ = step(cell, {}, index)


def _resources(work: NotebookWork, converter: Autograde) -> dict[str, Any]:
    """What nbgrader's `init_single_notebook_resources` and nbconvert's `from_filename` give to a step."""
    ids = {"student": work.student, "assignment": work.assignment, "notebook": work.name, "db_url": converter.coursedir.db_url}
    files = {"unique_key": work.name, "output_files_dir": f"{work.name}_files"}
    return {**files, "nbgrader": ids, "metadata": {"name": work.name, "path": str(work.folder)}}
