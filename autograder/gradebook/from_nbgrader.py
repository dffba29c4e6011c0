"""`nbgrader autograde` and the formgrader's button, brought to the same writer of marks as `autograder grade`.

nbgrader offers no place to hand a submission over: its hooks are called in the middle of its own way, which has removed the graded copy
before them, sets the scores of missing notebooks to 0 after them, ends in an error when they leave no notebook to convert, and goes on
when they raise. But its converter makes an exporter of the configured class, with itself as the parent, before it converts anything. That
exporter replaces the one method that goes over the submissions.

Read for nbgrader 0.9.6, `converters/base.py`: `start` calls `init_notebooks` (which refuses when no submission has a single notebook),
makes the exporter, changes into the folder of the course and calls `convert_notebooks`; `init_destination` decides what is converted.
Were `convert_notebooks` called something else one day, the exporter and `GradeStage` refuse, and nothing is graded.
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
"""Who is at work in the workspace, for another command that finds it taken."""


class RecordingExporter(NotebookExporter):
    """What nbgrader's converter is configured to make, for the sake of being made: it records, and exports nothing."""

    def __init__(self, *arguments: Any, parent: Any = None, **options: Any) -> None:
        super().__init__(*arguments, parent=parent, **options)  # type: ignore[no-untyped-call]
        if isinstance(parent, Autograde):
            parent.convert_notebooks = lambda: record_submissions(parent)

    def from_filename(self, filename: str, resources: Any = None, **options: Any) -> NoReturn:
        """Refuse: whoever calls this converts by himself.

        Raises
        ------
        RuntimeError
            Always, with what to do.
        """
        raise RuntimeError(NOT_BY_NBGRADER)


def record_submissions(converter: Autograde) -> None:
    """Grade and record the submissions that nbgrader was asked to autograde; a failure of one is nobody else's.

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
    """Folders of the submissions that were asked for, those without a notebook included."""
    directory = converter.coursedir
    pattern = directory.format_path(directory.submitted_directory, directory.student_id, directory.assignment_id)
    found = [Path(path) for path in sorted(glob.glob(pattern))]
    return [path for path in found if path.is_dir() and not path.is_symlink() and not path.parent.is_symlink()]


def _record(recorder: Recorder, converter: Autograde, folder: Path) -> list[str]:
    """Record one submission, if nbgrader would convert it; what went wrong, if anything did."""
    student, assignment = folder.parent.name, folder.name
    results = recorder.results
    try:
        if not _to_be_converted(recorder, converter, student, assignment):
            return []
        move_links_aside(recorder.workspace, student, assignment)
        key, document = results.ensure(student, assignment)
        recorder.record(student, assignment, key, document, results.result_key(student, assignment).parts)
        text = f"{document['score']:g} of {document['max_score']:g} points by the checks, entered from nbgrader"
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
    """What `BaseConverter.init_destination` decides, which also removes the graded copy when it decides for it."""
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
