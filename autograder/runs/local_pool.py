"""Grading in worker processes of this machine."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
from collections import deque
from multiprocessing.connection import Connection, wait
from typing import Any

from autograder.processes import process_context
from autograder.results.digests import course_digest
from autograder.results.documents import Document
from autograder.runs import worker
from autograder.runs.pool import GradingJob, GradingOrder, GradingOutcome, Pool, WorkerDied
from autograder.startup import pin_threads

ATTEMPTS = 3
"""How often a submission is tried if its process dies."""
JOBS_PER_WORKER = 2
"""Submissions that a process holds: the current one and the next, so that it never waits for the recorder."""


class LocalPool(Pool):
    """Worker processes on this machine. If one dies, its submission is tried again, and no other is affected."""

    def __init__(self, order: GradingOrder, jobs: int) -> None:
        self.order = order
        self.digest = course_digest(order.course)
        self.scratch = tempfile.mkdtemp(prefix="coursenn-run-")
        self._workers = [_WorkerProcess(self.scratch) for _ in range(jobs)]
        self._tries: dict[GradingJob, int] = {}
        self._notes: list[str] = []
        self._outcomes: list[GradingOutcome] = []
        pin_threads()

    @property
    def room(self) -> int:
        """Two for each process, less what is under way."""
        return JOBS_PER_WORKER * len(self._workers) - self.busy

    @property
    def busy(self) -> int:
        """Jobs that the processes hold."""
        return sum(len(process.jobs) for process in self._workers) + len(self._outcomes)

    def submit(self, job: GradingJob) -> None:
        """Give it to the process with the least to do."""
        process = min(self._workers, key=lambda w: len(w.jobs))
        try:
            process.submit(job, self._request(job))
        except ConnectionError:  # it died while it had nothing to do, or before anybody looked
            self._replace(process)
            self.submit(job)

    def _request(self, job: GradingJob) -> worker.LocalRequest:
        o = self.order
        return str(job.folder), str(o.course.path), self.digest, o.assignment, o.seed, o.unsafe, not job.last

    def finished(self, timeout: float) -> list[GradingOutcome]:
        """The outcomes that the processes have returned."""
        busy = [process for process in self._workers if process.jobs]
        handles = [handle for process in busy for handle in process.handles]
        ready = set(wait(handles, 0 if self._outcomes else timeout)) if handles else set()
        for process in busy:
            if ready.isdisjoint(process.handles):
                continue
            try:
                reply = process.receive()
            except (EOFError, OSError):
                self._replace(process)
                continue
            job = process.jobs.popleft()
            self._tries.pop(job, None)
            self._outcomes.append(GradingOutcome(job, error=reply) if isinstance(reply, Exception) else GradingOutcome(job, reply))
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def _replace(self, process: _WorkerProcess) -> None:
        """Replace a process that died: its current job gets another try, and its waiting job is given to another process."""
        lost = list(process.jobs)
        process.end()
        for job in lost[1:]:
            self.submit(job)
        if lost:
            self._try_again(lost[0])

    def _try_again(self, job: GradingJob) -> None:
        self._tries[job] = self._tries.get(job, 0) + 1
        if self._tries[job] < ATTEMPTS:
            self._notes.append(f"{job.name}: the process that graded it died; tried again")
            self.submit(job)
        else:
            del self._tries[job]
            self._outcomes.append(GradingOutcome(job, error=WorkerDied(f"the process that graded it died, {ATTEMPTS} times")))

    def notes(self) -> list[str]:
        """Which processes died."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Kill the processes and remove their temporary files."""
        for process in self._workers:
            process.end()
        shutil.rmtree(self.scratch, ignore_errors=True)


class _WorkerProcess:
    """One worker process, started with its first job, and its jobs: it is working on the first.

    An executor of the standard library cannot kill what it runs, and declares all of its processes dead if one of them dies.
    """

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch
        self.jobs: deque[GradingJob] = deque()
        self._process: multiprocessing.process.BaseProcess | None = None

    @property
    def handles(self) -> list[Connection[Any, Any] | int]:
        """What becomes ready when there is a reply, or when the process has died."""
        return [] if self._process is None else [self._connection, self._process.sentinel]

    def submit(self, job: GradingJob, request: worker.LocalRequest) -> None:
        """Hand over a job; ``ConnectionError`` if the process is dead."""
        if self._process is None:
            self._start()
        self._connection.send(request)
        self.jobs.append(job)

    def _start(self) -> None:
        context = process_context(["autograder.engine.grade", "autograder.runs.worker"])
        self._connection, far_end = context.Pipe()
        process = context.Process(target=worker.serve, args=(far_end, self.scratch))
        process.start()
        # The process is the only holder of the far end, so that this is closed when it dies.
        far_end.close()
        self._process = process

    def receive(self) -> Document | Exception:
        """The reply to the first job; ``EOFError`` or ``OSError`` when the process died before there was one."""
        if not self._connection.poll():
            raise EOFError
        reply: Document | Exception = self._connection.recv()
        return reply

    def end(self) -> None:
        """Kill the process with everything that it started: the sandbox dies with its parent."""
        self.jobs.clear()
        if self._process is None:
            return
        self._process.kill()
        self._process.join()
        self._process.close()
        self._connection.close()
        self._process = None
