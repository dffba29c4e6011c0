"""Lets `nbgrader autograde` and the formgrader's button use the same writer of marks as `autograder grade`.

nbgrader has no place for handing a submission over. Its hooks are called in the middle of its own procedure, which removes the graded copy
before them, sets the scores of missing notebooks to 0 after them, ends in an error if they leave no notebook to convert, and goes on
if they raise. But its converter makes an exporter of the configured class, with itself as the parent, before it converts anything. That
exporter replaces the method that goes over the submissions.

Read for nbgrader 0.9.6, `converters/base.py`: `start` calls `init_notebooks` (which refuses when no submission has a single notebook),
makes the exporter, changes into the folder of the course and calls `convert_notebooks`; `init_destination` decides what is converted.
If `convert_notebooks` is renamed one day, the exporter and `GradeStage` refuse, and nothing is graded.
"""

from __future__ import annotations

import glob
import traceback
from pathlib import Path
from typing import Any, NoReturn

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from autograder.collect.deliveries import move_links_aside
from autograder.gradebook.recorder import Recorder
from autograder.gradebook.stage import NOT_BY_NBGRADER
from autograder.private import private_scratch
from autograder.results.store import Results
from autograder.term import journal
from autograder.term.pin import pin_or_refuse
from autograder.workspace.opening import existing_workspace
from autograder.workspace.workspace import Obstacle, WorkspaceError

HOLDER = "nbgrader autograde"
"""The name of the command that is at work in the workspace, for other commands that must wait."""


class RecordingExporter(NotebookExporter):
    """The exporter that nbgrader's converter is configured to make: when it is made it redirects the converter; it exports nothing."""

    def __init__(self, *arguments: Any, parent: Any = None, **options: Any) -> None:
        super().__init__(*arguments, parent=parent, **options)  # type: ignore[no-untyped-call]
        if isinstance(parent, Autograde):
            parent.convert_notebooks = lambda: record_submissions(parent)

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> NoReturn:
        """Refuse: a caller of this would convert by itself.

        Raises
        ------
        RuntimeError
            Always, with what to do.
        """
        raise RuntimeError(NOT_BY_NBGRADER)


def record_submissions(converter: Autograde) -> None:
    """Grade and record the submissions that nbgrader was asked to autograde; a failure of one affects no other.

    Raises
    ------
    NbGraderException
        When any of them could not be recorded; the log says which, and why.
    """
    failures: list[str] = []
    try:
        workspace = existing_workspace(converter.coursedir.root)
        recorder = Recorder(Results(workspace, workspace.course()), converter)
        with private_scratch(), workspace.only_one(HOLDER):
            pin_or_refuse(workspace, workspace.course())
            try:
                for folder in _submissions(converter):
                    failures += _record(recorder, converter, folder)
            finally:
                recorder.close()
    except WorkspaceError as error:
        failures.append(str(error))
        converter.log.error("%s", error)
    if failures:
        raise NbGraderException("; ".join(failures[:5]) + (f"; and {len(failures) - 5} more" if len(failures) > 5 else ""))


def _submissions(converter: Autograde) -> list[Path]:
    """Folders of the requested submissions, including those without a notebook."""
    directory = converter.coursedir
    pattern = directory.format_path(directory.submitted_directory, directory.student_id, directory.assignment_id)
    found = [Path(path) for path in sorted(glob.glob(pattern))]
    return [path for path in found if path.is_dir() and not path.is_symlink() and not path.parent.is_symlink()]


def _record(recorder: Recorder, converter: Autograde, folder: Path) -> list[str]:
    """Record one submission, if nbgrader would convert it; return what went wrong, if anything."""
    student, assignment = folder.parent.name, folder.name
    results = recorder.results
    try:
        if not _to_be_converted(recorder, converter, student, assignment):
            return []
        move_links_aside(recorder.workspace, student, assignment)
        key, document = results.ensure(student, assignment)
        recorder.record(student, assignment, key, document, results.result_key(student, assignment).parts)
        text = f"{document['score']:g} of {document['max_score']:g} points from the checks, entered from nbgrader"
        journal.write(recorder.workspace, [journal.Event("graded", text, student, assignment, data={"score": document["score"]})])
    except Obstacle:
        raise
    except Exception as error:
        if not isinstance(error, WorkspaceError):
            converter.log.error(traceback.format_exc())
        converter.log.error("%s of %s could not be graded: %s", assignment, student, error)
        return [f"{student}: {error}"]
    converter.log.info("%s of %s is graded and entered into the gradebook", assignment, student)
    return []


def _to_be_converted(recorder: Recorder, converter: Autograde, student: str, assignment: str) -> bool:
    """Decide as `BaseConverter.init_destination` does, which also removes the graded copy if the answer is yes."""
    directory, workspace = converter.coursedir, recorder.workspace
    if student in directory.student_id_exclude.split(","):
        return False
    if converter.force or not recorder.complete(student, assignment):
        return True
    submitted, graded_copy = workspace.submitted(student, assignment), workspace.autograded(student, assignment)
    new, old = (directory.get_existing_timestamp(str(folder)) for folder in (submitted, graded_copy))
    if new is not None and old is not None and new > old:
        return True
    converter.log.info("Skipping existing assignment: %s", graded_copy)
    return False
