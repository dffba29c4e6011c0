"""One run over a class: feeds a pool with submissions, stores the results that come back, and enters them into the gradebook."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from autograder.collect.deliveries import move_links_aside
from autograder.engine.catalogue import CatalogueError
from autograder.engine.clock import SlowWork
from autograder.gradebook.recorder import Recorder
from autograder.results import documents
from autograder.results.digests import reasons_to_regrade
from autograder.results.documents import Document, InvalidDocument
from autograder.results.store import ResultKey, Results
from autograder.runs.canary import CanaryError, canaries
from autograder.runs.grade_report import GradedSubmission, GradeReport
from autograder.runs.pool import POLL_S, GradingJob, GradingOrder, GradingOutcome, Pool, RemoteError, WorkerDied
from autograder.runs.progress import ProgressDisplay, RunProgress
from autograder.runs.worker import OtherCourse
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.term.groups import read_groups
from autograder.workspace.obstacles import obstacle
from autograder.workspace.workspace import Obstacle, WorkspaceError


class StopRequested(Exception):
    """Somebody asked the run to stop."""


class ClassRun:
    """The state of a run.

    Parameters
    ----------
    students : whose submissions of the assignment are graded.
    force : grade again what already has a result.
    enter : whether to enter results into the gradebook; otherwise the run only finds out which marks would change.
    show : called after every step.
    stop : asked after every step whether to stop.
    """

    def __init__(
        self,
        results: Results,
        pool: Pool,
        order: GradingOrder,
        students: list[str],
        *,
        force: bool,
        enter: bool,
        show: ProgressDisplay | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.results, self.workspace, self.pool, self.order, self.force = results, results.workspace, pool, order, force
        self.enter = enter
        self.groups = read_groups(self.workspace)
        self.recorder = Recorder(results)
        self.students = students
        self.report = GradeReport(order.assignment, len(students))
        self.progress = RunProgress(len(students))
        self.show, self.stop = show, stop
        self._keys: dict[GradingJob, ResultKey] = {}
        """Keys of the jobs that the pool has."""
        self._put_off: dict[str, ResultKey] = {}
        """Student -> key of slow work that waits for the others."""

    def run(self) -> GradeReport:
        """Try the canaries, grade everybody, and return the report.

        Raises
        ------
        CanaryError, WorkspaceError, SandboxUnavailable, CatalogueError, OtherCourse
            Errors that end the whole run. Errors of one submission are in the report.
        """
        try:
            self._try_canaries()
            self.progress.restart_clock()
            first, later = self._without_partners_copies()
            self._grade(first, self._submit_or_reuse)
            self._grade(later, self._submit_or_reuse)
            # Work that uses up its time does not keep anybody else waiting.
            self._grade(list(self.progress.slow), self._submit_last)
        except StopRequested:
            self.report.stopped = True
        finally:
            self.recorder.close()
        if words := self.pool.last_words():
            self.report.notes.append(words)
        self.report.contradicted = bool(self.pool.contradiction)
        self.report.rows.sort(key=lambda r: r.student)
        return self.report

    def _grade(self, students: list[str], begin: Callable[[str], None]) -> None:
        """Begin each student's work when there is room, and keep what comes back, until nothing is under way."""
        waiting = deque(students)
        while waiting or self._keys:
            while waiting and self.pool.room > 0:
                begin(waiting.popleft())
            for outcome in self.pool.finished(POLL_S):
                self._keep(outcome)
                self._after_step()
            self._take_back(self.pool.taken_back())
            self._after_step()

    def _without_partners_copies(self) -> tuple[list[str], list[str]]:
        """Everybody except those who share a hand-in with somebody earlier in the list; and the latter, who get that student's result."""
        partners = {s: self.groups.partners(s, self.order.assignment) for s in self.students} if self.groups.lines else {}
        first: dict[str, None] = {}
        for student in self.students:
            if not any(partner in first for partner in partners.get(student, ())):
                first[student] = None
        return list(first), [s for s in self.students if s not in first]

    def _take_back(self, jobs: list[GradingJob]) -> None:
        """Forget results that no longer count, and have the submissions graded again."""
        students = {job.name for job in jobs}
        # Discard all of them first: if the run ended in between, the next one would trust what is left.
        for student in students:
            self.results.discard(student, self.order.assignment)
        self.report.rows = [row for row in self.report.rows if row.student not in students]
        self.progress.done -= len(students)
        self.progress.graded -= len(students)
        for job in jobs:
            self._submit(job.name, self.results.result_key(job.name, self.order.assignment), job.last)

    def _try_canaries(self) -> None:
        self.progress.now = "trying the hidden checks on stubs and reference"
        self._after_step()
        o = self.order
        try:
            found = canaries(o.course, o.assignment, o.seed, unsafe=o.unsafe, pool=self.pool, step=self._after_step)
        except (WorkerDied, RemoteError) as error:
            raise CanaryError(f"nothing was graded, because the stubs and the reference could not be graded: {error}") from error
        if found:
            raise CanaryError("nothing was graded, because the hidden checks cannot be trusted:\n  " + "\n  ".join(found))

    def _after_step(self) -> None:
        """Collect the pool's notes, show the progress, and stop if asked to."""
        self.report.notes += self.pool.notes()
        if self.show:
            self.show(self.progress)
        if self.stop and self.stop():
            raise StopRequested

    def _submit_or_reuse(self, student: str) -> None:
        """Give a submission to the pool, or its stored result to the gradebook."""
        try:
            move_links_aside(self.workspace, student, self.order.assignment)
            key = self.results.result_key(student, self.order.assignment)
            document = None if self.force else self._stored_result(student, key)
        except OSError as error:
            self._add_failure(student, error)
            return
        if document is None:
            self._submit(student, key)
        else:
            self._record(student, key, document)
            self._after_step()

    def _submit(self, student: str, key: ResultKey, last: bool = False) -> None:
        job = GradingJob(self.workspace.submitted(student, self.order.assignment), last)
        self._keys[job] = key
        self.pool.submit(job)

    def _submit_last(self, student: str) -> None:
        self.progress.now = student
        self._submit(student, self._put_off.pop(student), last=True)

    def _stored_result(self, student: str, key: ResultKey) -> Document | None:
        try:
            partners = self.groups.partners(student, self.order.assignment)
            return self.results.load_or_adopt(student, self.order.assignment, key, partners)
        except InvalidDocument as error:
            self.report.notes.append(f"{student}: the stored result was damaged ({error}); graded again")
            return None

    def _keep(self, outcome: GradingOutcome) -> None:
        """Store a result and enter it; an error of one submission affects no other."""
        key, student = self._keys.pop(outcome.job), outcome.job.name
        if isinstance(outcome.error, SlowWork):
            self.progress.slow[student] = None
            self._put_off[student] = key
            return
        if isinstance(outcome.error, SandboxUnavailable | CatalogueError | WorkspaceError | OtherCourse):
            raise outcome.error
        try:
            if outcome.error is not None:
                raise outcome.error
            document = documents.validate(outcome.document, self.order.course, self.order.assignment, student)
            if self.results.key(student, self.order.assignment) != key.key:
                raise WorkspaceError("it changed while it was graded: run this again")
            self.results.store(key.key, document)
        except Exception as error:
            self._add_failure(student, error)
            return
        self.progress.graded += 1
        self._record(student, key, document)

    def _record(self, student: str, key: ResultKey, document: Document) -> None:
        """Enter a result into the gradebook, if it is not there yet."""
        assignment = self.order.assignment
        row = GradedSubmission(student, load=lambda: self.results.load(key.key))
        try:
            if self.force or self.recorder.needed(student, assignment, key.key):
                before = self.results.recorded(student, assignment)
                if self.enter:
                    self.recorder.record(student, assignment, key.key, document, key.parts)
                row.fresh = True
                row.moves = _moved_marks(before.get("tasks", {}), document)
                row.reasons = reasons_to_regrade(before.get("parts", {}), key.parts) or (["--force"] if self.force and before else [])
        except Exception as error:
            self._add_failure(student, error, row)
            return
        self._add_row(row)

    def _add_failure(self, student: str, error: Exception, row: GradedSubmission | None = None) -> None:
        """Note the failure of one submission; an error that would affect all of them ends the run."""
        if isinstance(error, Obstacle):
            raise error
        if isinstance(error, OSError) and (found := obstacle(self.workspace, error)):
            raise found from error
        row = row or GradedSubmission(student)
        row.failure = str(error) if isinstance(error, WorkspaceError) else f"{type(error).__name__}: {error}"
        self._add_row(row)

    def _add_row(self, row: GradedSubmission) -> None:
        self.report.rows.append(row)
        self.progress.done += 1
        self.progress.slow.pop(row.student, None)
        self.progress.failed += row.failure is not None
        self.progress.now = row.student


def _moved_marks(before: dict[str, float], document: Document) -> dict[str, tuple[float, float]]:
    now = {t["id"]: t["score"] for t in document["tasks"]}
    return {name: (before[name], score) for name, score in now.items() if name in before and before[name] != score}
