"""Tests before anybody's work is graded: untouched stubs must get nothing, and the reference everything."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from autograder.manifest import Course
from autograder.results.documents import Document
from autograder.results.store import Grader, grade_with_engine
from autograder.runs.pool import GradingJob, GradingOrder, InProcessPool, Pool, grade_jobs
from autograder.workspace.workspace import WorkspaceError


class CanaryError(WorkspaceError):
    """Grading must not start."""


def canaries(
    course: Course,
    assignment: str,
    seed: int,
    *,
    unsafe: bool = False,
    grader: Grader | None = None,
    pool: Pool | None = None,
    step: Callable[[], None] | None = None,
) -> list[str]:
    """Grade the stubs and the reference as if students had handed them in.

    Parameters
    ----------
    grader : what grades one submission, by default the engine, in this process.
    pool : where they are graded instead.
    step : called while waiting; an exception from it ends the wait.

    Returns
    -------
    What is wrong, in words; an empty list when grading can start.
    """
    chosen = pool or InProcessPool(GradingOrder(course, assignment, seed, unsafe), grader or grade_with_engine)
    with tempfile.TemporaryDirectory(prefix="coursenn-canary-") as work:
        # Nobody else is waiting, so there is no reason to put them off.
        stub, reference = (GradingJob(write(course, Path(work)), last=True) for write in (write_stub, write_reference))
        graded = grade_jobs(chosen, [stub, reference], step)
    return _stub_findings(graded[stub]) + _reference_findings(graded[reference], course, assignment)


def write_stub(course: Course, work: Path) -> Path:
    """Write a submission of untouched stubs; return its folder."""
    return _write_submission({name: course.stub(name) for name in course.editable}, work / "stub" / "canary")


def write_reference(course: Course, work: Path) -> Path:
    """Write the reference as a submission, with its trained networks; return its folder."""
    folder = _write_submission({name: course.reference(name) for name in course.editable}, work / "reference" / "canary")
    for root in course.roots:
        for name in course.models:
            model = root / "solutions" / name
            if model.is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(model, folder / name)
    return folder


def _write_submission(files: dict[str, Path], folder: Path) -> Path:
    for name, path in files.items():
        target = folder / "coursenn" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder


def _stub_findings(document: Document) -> list[str]:
    if document["status"] != "graded":
        return [f"untouched stubs could not be graded: {document['reason']}"]
    scored = [t for t in document["tasks"] if t["score"] > 0]
    return [f"untouched stubs get {t['score']:g} points for {t['id']}: its checks pass on code that does nothing" for t in scored]


def _reference_findings(document: Document, course: Course, assignment: str) -> list[str]:
    if document["status"] != "graded":
        return [f"the reference could not be graded: {document['reason']}"]
    graded = {t["id"]: t for t in document["tasks"]}
    found = [f"{task.id} is not graded at all" for task in course.tasks_of(assignment) if task.id not in graded]
    for task in document["tasks"]:
        if task["score"] < task["max_score"]:
            wrong = next((f"{c['name']}: {c['message']}" for c in task["checks"] if not c["passed"]), task["verdict"])
            found.append(f"the reference gets {task['score']:g} of {task['max_score']:g} points for {task['id']} ({wrong})")
    return found
