"""`grade`: canaries first, then every submission through the engine, then the gradebook."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from autograder.engine.catalogue import CatalogueError
from autograder.manifest import Course
from autograder.processes import cores
from autograder.results.history import Marks, marks_of, remember_marks
from autograder.results.store import Grader, Results
from autograder.runs.canary import CanaryError
from autograder.runs.class_run import ClassRun
from autograder.runs.grade_report import GradeReport
from autograder.runs.local_pool import LocalPool
from autograder.runs.pool import GradingOrder, InProcessPool, Pool
from autograder.runs.progress import ProgressDisplay
from autograder.runs.rechecked import RecheckedPool
from autograder.runs.worker import OtherCourse
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.term import journal
from autograder.term.pin import pin_or_refuse
from autograder.workspace.obstacles import obstacle
from autograder.workspace.workspace import Workspace, WorkspaceError

MakePool = Callable[[GradingOrder], Pool]


def grade(
    workspace: Workspace,
    course: Course,
    assignment: str,
    *,
    only: Collection[str] = (),
    force: bool = False,
    enter: bool = True,
    unsafe: bool = False,
    jobs: int | None = None,
    make_pool: MakePool | None = None,
    show: ProgressDisplay | None = None,
    stop: Callable[[], bool] | None = None,
    grader: Grader | None = None,
) -> GradeReport:
    """Grade what was collected, enter it into the gradebook, and return the report.

    Parameters
    ----------
    only : students; everybody by default.
    force : grade again what already has a result.
    enter : whether to enter results into the gradebook. If not, the version that the term is pinned to does not matter: the run only
        finds out which marks this version gives.
    unsafe : run student code without a sandbox.
    jobs : worker processes; as many as there are cores by default.
    make_pool : makes the pool in which to grade instead, on machines that are not trusted: a sample is graded again here.
    show : called after every step.
    stop : called after every step; if it returns True, what is under way is dropped.
    grader : what grades one submission in this process, for tests.

    Raises
    ------
    CanaryError
        When stubs score or the reference loses marks.
    WorkspaceError
        When the workspace cannot be used, or a name is unknown.
    """
    started = time.monotonic()
    course.assignment(assignment)
    if not workspace.released(assignment).is_dir():
        raise WorkspaceError(f"{assignment} is not released in {workspace.root}: run `autograder release {assignment}` first")
    students = _chosen_students(workspace, assignment, only)
    with workspace.writing("grade"):
        try:
            order = GradingOrder(course, assignment, workspace.seed(), unsafe)
            results = Results(workspace, course, grader)
            results.remove_leftovers()
            if enter:
                pin_or_refuse(workspace, course)
            with _open_pool(order, workspace, len(students), jobs, make_pool, grader) as pool:
                report = ClassRun(results, pool, order, students, force=force, enter=enter, show=show, stop=stop).run()
        except (SandboxUnavailable, OtherCourse) as error:
            raise WorkspaceError(str(error)) from error
        except CatalogueError as error:
            raise CanaryError(f"nothing was graded, because the hidden checks cannot be trusted: {error}") from error
        except OSError as error:
            raise obstacle(workspace, error) or error from error
    if enter:
        marks, events = _marks_and_events(report)
        remember_marks(workspace, assignment, marks)
        journal.write(workspace, events)
    report.elapsed_s = time.monotonic() - started
    return report


def _marks_and_events(report: GradeReport) -> tuple[Marks, list[journal.Event]]:
    """The marks of the run, and what it did for each student, for the journal; every document is read once."""
    marks: Marks = {}
    found = []
    for row in report.rows:
        document = row.document
        if document is not None:
            marks[row.student] = marks_of(document)
        if row.failure is not None:
            found.append(journal.Event("graded", f"not graded: {row.failure}", row.student, report.assignment))
        elif row.fresh and document is not None:
            moves = {task: list(pair) for task, pair in row.moves.items()}
            moved = "".join(f"; {task} {before:g} -> {now:g}" for task, (before, now) in row.moves.items())
            why = f" ({'; '.join(row.reasons)})" if row.reasons else ""
            text = f"{document['score']:g} of {document['max_score']:g} points from the checks{why}{moved}"
            found.append(journal.Event("graded", text, row.student, report.assignment, data={"score": document["score"], "moves": moves}))
    return marks, found


def _chosen_students(workspace: Workspace, assignment: str, only: Collection[str]) -> list[str]:
    students = workspace.students(assignment)
    if unknown := sorted(set(only) - set(students)):
        raise WorkspaceError(f"no submission of {assignment} by {', '.join(unknown)} in {workspace.root / 'submitted'}")
    if not students:
        raise WorkspaceError(
            f"no submission of {assignment} in {workspace.root / 'submitted'}: run `autograder collect {assignment}` first"
        )
    return [s for s in students if not only or s in only]


def _open_pool(
    order: GradingOrder, workspace: Workspace, submissions: int, jobs: int | None, make_pool: MakePool | None, grader: Grader | None
) -> Pool:
    if grader is not None:
        return InProcessPool(order, grader)
    if make_pool is not None:
        return RecheckedPool(make_pool(order), LocalPool(order, cores()), workspace.root / "submitted", submissions)
    return LocalPool(order, jobs or min(cores(), max(submissions, 2)))
