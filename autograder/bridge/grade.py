"""`grade`: canaries first, then every submission through the engine, then the gradebook."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from autograder.bridge.canary import canaries
from autograder.bridge.incoming import tidy
from autograder.bridge.recorder import Recorder
from autograder.bridge.results import Document, Grader, Results
from autograder.bridge.runs import remember
from autograder.bridge.workspace import LOCKED, Workspace, WorkspaceError
from autograder.course import Course
from autograder.engine.catalogue import CatalogueError
from autograder.engine.sandbox import SandboxUnavailable

Progress = Callable[[int, int, str], None]


class CanaryError(WorkspaceError):
    """Grading must not start."""


@dataclass
class Graded:
    """What one submission got."""

    student: str
    document: Document | None = None
    failure: str | None = None
    fresh: bool = False
    """Whether the gradebook was given something new."""
    before: dict[str, float] = field(default_factory=dict)
    """Task -> score that the gradebook held before."""

    @property
    def moved(self) -> list[str]:
        """Tasks whose score is another one than the gradebook held."""
        if self.document is None:
            return []
        return [t["id"] for t in self.document["tasks"] if t["id"] in self.before and self.before[t["id"]] != t["score"]]


@dataclass
class GradeReport:
    """What a run of `grade` did."""

    assignment: str
    rows: list[Graded] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def failures(self) -> list[Graded]:
        """Submissions that have no mark, through no fault of theirs."""
        return [r for r in self.rows if r.failure]


def grade(
    workspace: Workspace,
    course: Course,
    assignment: str,
    *,
    only: Collection[str] = (),
    force: bool = False,
    unsafe: bool = False,
    progress: Progress | None = None,
    grader: Grader | None = None,
) -> GradeReport:
    """Grade what was collected and enter it into the gradebook.

    Parameters
    ----------
    only : students; everybody by default.
    force : grade again what has a result already.
    unsafe : run student code without a sandbox.
    progress : called with how many are done, how many there are, and who is next.
    grader : what grades one submission, by default the engine.

    Raises
    ------
    CanaryError
        When stubs score or the reference loses marks.
    WorkspaceError
        When the workspace cannot be used, or a name is nobody's.
    """
    started = time.monotonic()
    course.assignment(assignment)
    if not workspace.released(assignment).is_dir():
        raise WorkspaceError(f"{assignment} is not released in {workspace.root}: run `autograder release {assignment}` first")
    students = _chosen(workspace, assignment, only)
    with workspace.writing("grade"):
        results = Results(workspace, course, grader)
        try:
            if found := canaries(course, assignment, workspace.seed(), unsafe=unsafe, grader=grader):
                raise CanaryError("nothing was graded, for the hidden checks cannot be trusted:\n  " + "\n  ".join(found))
            report = GradeReport(assignment)
            recorder = Recorder(results)
            for n, student in enumerate(students):
                if progress:
                    progress(n, len(students), student)
                report.rows.append(_one(results, recorder, student, assignment, force=force, unsafe=unsafe))
        except SandboxUnavailable as error:
            raise WorkspaceError(str(error)) from error
        except CatalogueError as error:
            raise CanaryError(f"nothing was graded, for the hidden checks cannot be trusted: {error}") from error
    remember(workspace, assignment, {r.student: r.document for r in report.rows if r.document})
    report.elapsed_s = time.monotonic() - started
    return report


def _chosen(workspace: Workspace, assignment: str, only: Collection[str]) -> list[str]:
    students = workspace.students(assignment)
    if unknown := sorted(set(only) - set(students)):
        raise WorkspaceError(f"no submission of {assignment} by {', '.join(unknown)} in {workspace.root / 'submitted'}")
    if not students:
        raise WorkspaceError(
            f"no submission of {assignment} in {workspace.root / 'submitted'}: run `autograder collect {assignment}` first"
        )
    return [s for s in students if not only or s in only]


def _one(results: Results, recorder: Recorder, student: str, assignment: str, *, force: bool, unsafe: bool) -> Graded:
    """One submission; whatever goes wrong with it is its own."""
    row = Graded(student, before=results.recorded(student, assignment).get("tasks", {}))
    try:
        tidy(results.workspace, student, assignment)
        key, row.document = results.ensure(student, assignment, again=force, unsafe=unsafe)
        if force or recorder.needed(student, assignment, key):
            recorder.record(student, assignment, key, row.document)
            row.fresh = True
    except (SandboxUnavailable, KeyboardInterrupt):
        raise
    except WorkspaceError as error:
        if LOCKED in str(error):
            raise
        row.failure = str(error)
    except OSError as error:
        if error.errno in (28, 30, 122):
            raise WorkspaceError(
                f"{results.workspace.root}: {error.strerror}. What was graded is kept; run this again to go on."
            ) from error
        row.failure = f"{type(error).__name__}: {error}"
    except Exception as error:  # one submission must never end the grading of the others
        row.failure = f"{type(error).__name__}: {error}"
    return row
