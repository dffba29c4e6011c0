"""`grade`: canaries first, then every submission through the engine, then the gradebook."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from autograder.collect.deliveries import move_links_aside
from autograder.engine.catalogue import CatalogueError
from autograder.gradebook.recorder import Recorder
from autograder.manifest import Course
from autograder.results import documents
from autograder.results.digests import reasons_to_regrade
from autograder.results.documents import Document, InvalidDocument
from autograder.results.history import remember_marks
from autograder.results.store import Grader, ResultKey, Results
from autograder.runs.canary import canaries
from autograder.runs.pools import POLL_S, InThisProcess, Job, Order, Outcome, Pool, Processes, RemoteError, WorkerDied, cores
from autograder.runs.progress import Counts, Show
from autograder.runs.worker import OtherCourse
from autograder.sandbox.sandbox import SandboxUnavailable
from autograder.workspace.obstacles import obstacle
from autograder.workspace.workspace import Obstacle, Workspace, WorkspaceError

MakePool = Callable[[Order], Pool]


class CanaryError(WorkspaceError):
    """Grading must not start."""


class Stopped(Exception):
    """Somebody asked the run to stop."""


@dataclass
class Graded:
    """What one submission got. The document stays on disk: a class may be large."""

    student: str
    failure: str | None = None
    fresh: bool = False
    """Whether the gradebook was given something new."""
    moves: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Task -> points that the gradebook held before, and holds now; only where they differ."""
    reasons: list[str] = field(default_factory=list)
    """Why it was graded again; empty for the first time."""
    load: Callable[[], Document | None] = lambda: None

    @property
    def document(self) -> Document | None:
        """The result document, read from where it is kept; None when there is none."""
        return self.load()

    @property
    def moved(self) -> list[str]:
        """Tasks whose score is another one than the gradebook held."""
        return list(self.moves)


@dataclass
class GradeReport:
    """What a run of `grade` did."""

    assignment: str
    total: int = 0
    rows: list[Graded] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What went wrong on the way and was mended: damaged results, workers that died."""
    stopped: bool = False
    """Whether it was asked to stop before everybody was done."""
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
    jobs: int | None = None,
    make_pool: MakePool | None = None,
    show: Show | None = None,
    stop: Callable[[], bool] | None = None,
    grader: Grader | None = None,
) -> GradeReport:
    """Grade what was collected and enter it into the gradebook.

    Parameters
    ----------
    only : students; everybody by default.
    force : grade again what has a result already.
    unsafe : run student code without a sandbox.
    jobs : worker processes; as many as there are cores by default.
    make_pool : where to grade instead, for instance on a cluster.
    show : told of every step.
    stop : asked often whether to stop; what is under way is dropped then.
    grader : what grades one submission in this process, for tests.

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
        try:
            order = Order(course, assignment, workspace.seed(), unsafe)
            results = Results(workspace, course, grader)
            results.remove_leftovers()
            with _pool(order, len(students), jobs, make_pool, grader) as pool:
                run = _Run(results, pool, order, students, force=force, show=show, stop=stop)
                report = run.go()
        except (SandboxUnavailable, OtherCourse) as error:
            raise WorkspaceError(str(error)) from error
        except CatalogueError as error:
            raise CanaryError(f"nothing was graded, for the hidden checks cannot be trusted: {error}") from error
        except OSError as error:
            raise obstacle(workspace, error) or error from error
    remember_marks(workspace, assignment, {r.student: r.document for r in report.rows if r.document})
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


def _pool(order: Order, submissions: int, jobs: int | None, make_pool: MakePool | None, grader: Grader | None) -> Pool:
    if grader is not None:
        return InThisProcess(order, grader)
    if make_pool is not None:
        return make_pool(order)
    return Processes(order, jobs or min(cores(), max(submissions, 2)))


class _Run:
    """One run over a class: feeds the pool, keeps what comes back, records it."""

    def __init__(
        self,
        results: Results,
        pool: Pool,
        order: Order,
        students: list[str],
        *,
        force: bool,
        show: Show | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.results, self.workspace, self.pool, self.order, self.force = results, results.workspace, pool, order, force
        self.recorder = Recorder(results)
        self.students = students
        self.report = GradeReport(order.assignment, len(students))
        self.counts = Counts(len(students))
        self.show, self.stop = show, stop
        self._addresses: dict[Job, ResultKey] = {}

    def go(self) -> GradeReport:
        """The whole run."""
        try:
            self._canaries()
            self.counts.begin()
            waiting = iter(self.students)
            student = next(waiting, None)
            while student is not None or self._addresses:
                while student is not None and self.pool.room > 0:
                    self._begin(student)
                    student = next(waiting, None)
                for outcome in self.pool.finished(POLL_S):
                    self._end(outcome)
                    self._step()
                self._step()
        except Stopped:
            self.report.stopped = True
        finally:
            self.recorder.close()
        self.report.rows.sort(key=lambda r: r.student)
        return self.report

    def _canaries(self) -> None:
        self.counts.now = "trying the hidden checks on stubs and reference"
        self._step()
        o = self.order
        try:
            found = canaries(o.course, o.assignment, o.seed, unsafe=o.unsafe, pool=self.pool, step=self._step)
        except (WorkerDied, RemoteError) as error:
            raise CanaryError(f"nothing was graded, for stubs and reference could not be: {error}") from error
        if found:
            raise CanaryError("nothing was graded, for the hidden checks cannot be trusted:\n  " + "\n  ".join(found))

    def _step(self) -> None:
        self.report.notes += self.pool.notes()
        if self.show:
            self.show(self.counts)
        if self.stop and self.stop():
            raise Stopped

    def _begin(self, student: str) -> None:
        """Give a submission to the pool, or its stored result to the gradebook."""
        try:
            move_links_aside(self.workspace, student, self.order.assignment)
            address = self.results.result_key(student, self.order.assignment)
            document = None if self.force else self._stored(student, address)
        except OSError as error:
            self._fail(student, error)
            return
        if document is None:
            job = Job(self.workspace.submitted(student, self.order.assignment))
            self._addresses[job] = address
            self.pool.submit(job)
        else:
            self._record(student, address, document)
            self._step()

    def _stored(self, student: str, address: ResultKey) -> Document | None:
        try:
            return self.results.read_or_raise(address.key)
        except InvalidDocument as error:
            self.report.notes.append(f"{student}: the stored result was damaged ({error}); graded again")
            return None

    def _end(self, outcome: Outcome) -> None:
        """Keep a result and enter it; whatever goes wrong with a submission is its own."""
        address, student = self._addresses.pop(outcome.job), outcome.job.name
        if isinstance(outcome.error, SandboxUnavailable | CatalogueError | WorkspaceError | OtherCourse):
            raise outcome.error
        try:
            if outcome.error is not None:
                raise outcome.error
            document = documents.validate(outcome.document, self.order.course, self.order.assignment, student)
            if self.results.key(student, self.order.assignment) != address.key:
                raise WorkspaceError("it changed while it was graded: run this again")
            self.results.store(address.key, document)
        except Exception as error:
            self._fail(student, error)
            return
        self.counts.graded += 1
        self._record(student, address, document)

    def _record(self, student: str, address: ResultKey, document: Document) -> None:
        """Enter a result into the gradebook, when it does not hold it yet."""
        assignment = self.order.assignment
        key = address.key
        row = Graded(student, load=lambda: self.results.load(key))
        try:
            if self.force or self.recorder.needed(student, assignment, address.key):
                before = self.results.recorded(student, assignment)
                self.recorder.record(student, assignment, address.key, document, address.parts)
                row.fresh = True
                row.moves = _moves(before.get("tasks", {}), document)
                row.reasons = reasons_to_regrade(before.get("parts", {}), address.parts) or (["--force"] if self.force and before else [])
        except Exception as error:
            self._fail(student, error, row)
            return
        self._done(row)

    def _fail(self, student: str, error: Exception, row: Graded | None = None) -> None:
        """Note a failure of one submission; what would fail for all of them ends the run."""
        if isinstance(error, Obstacle):
            raise error
        if isinstance(error, OSError) and (found := obstacle(self.workspace, error)):
            raise found from error
        row = row or Graded(student)
        row.failure = str(error) if isinstance(error, WorkspaceError) else f"{type(error).__name__}: {error}"
        self._done(row)

    def _done(self, row: Graded) -> None:
        self.report.rows.append(row)
        self.counts.done += 1
        self.counts.failed += row.failure is not None
        self.counts.now = row.student


def _moves(before: dict[str, float], document: Document) -> dict[str, tuple[float, float]]:
    now = {t["id"]: t["score"] for t in document["tasks"]}
    return {name: (before[name], score) for name, score in now.items() if name in before and before[name] != score}
