"""Where submissions are graded: in processes of this machine, or in this process. One writer takes the results."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import sys
import tempfile
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from autograder.manifest import Course
from autograder.results.digests import course_digest
from autograder.results.documents import Document
from autograder.results.store import Grader
from autograder.runs import worker
from autograder.startup import pin_threads

ATTEMPTS = 3
"""How often a submission is tried whose process dies."""
QUEUED = 2
"""Submissions that a process holds: the one at work and the next, so that it never waits for the recorder."""


POLL_S = 0.2
"""How long to wait for a result before looking around."""


@dataclass(frozen=True)
class Job:
    """One submission to be graded; its name is that of the folder above, as in ``submitted/NAME/ASSIGNMENT``."""

    folder: Path

    @property
    def name(self) -> str:
        """What the result document calls it."""
        return self.folder.parent.name


@dataclass(frozen=True)
class Outcome:
    """What became of a job: a document, or what went wrong."""

    job: Job
    document: Document | None = None
    error: Exception | None = None


class WorkerDied(RuntimeError):
    """The process that graded a submission died, several times."""


class RemoteError(RuntimeError):
    """What a grader on another machine says went wrong in it."""


@dataclass(frozen=True)
class Order:
    """What all jobs of a run have in common."""

    course: Course
    assignment: str
    seed: int
    unsafe: bool = False


class Pool(ABC):
    """Takes jobs while it has room and gives back outcomes in any order. Everything is called from one thread."""

    @property
    @abstractmethod
    def room(self) -> int:
        """How many more jobs may be submitted now."""

    @property
    @abstractmethod
    def busy(self) -> int:
        """How many jobs are under way."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Begin a job."""

    @abstractmethod
    def finished(self, timeout: float) -> list[Outcome]:
        """The outcomes that are there, after waiting for the first of them at most so many seconds."""

    def notes(self) -> list[str]:
        """What an instructor should know about the workers, since the last call."""
        return []

    @abstractmethod
    def close(self) -> None:
        """Drop what is under way and end the workers."""

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class InThisProcess(Pool):
    """One submission after the other, in this process."""

    def __init__(self, order: Order, grader: Grader) -> None:
        self.order, self.grader = order, grader
        self._held: list[Outcome] = []

    @property
    def room(self) -> int:
        """One at a time."""
        return 1 - len(self._held)

    @property
    def busy(self) -> int:
        """Graded, and not yet asked for."""
        return len(self._held)

    def submit(self, job: Job) -> None:
        """Grade it at once."""
        o = self.order
        try:
            document = self.grader(job.folder, o.course, o.assignment, o.seed, o.unsafe)
        except Exception as error:
            self._held.append(Outcome(job, error=error))
        else:
            self._held.append(Outcome(job, document))

    def finished(self, timeout: float) -> list[Outcome]:
        """What was graded since."""
        held, self._held = self._held, []
        return held

    def close(self) -> None:
        """Nothing is under way."""


class _Slot:
    """One worker process, and what it was given: the first is at work."""

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch
        self.jobs: deque[tuple[Job, Future[Document]]] = deque()
        self._executor: ProcessPoolExecutor | None = None

    def submit(self, job: Job, order: Order, digest: str) -> Future[Document]:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(1, _context(), initializer=worker.begin, initargs=(self.scratch,))
        future = self._executor.submit(
            worker.grade_folder, str(job.folder), str(order.course.path), digest, order.assignment, order.seed, order.unsafe
        )
        self.jobs.append((job, future))
        return future

    def end(self) -> None:
        """Kill the process, with all that it started: the sandbox dies with its parent."""
        if self._executor is None:
            return
        for process in list((self._executor._processes or {}).values()):
            with contextlib.suppress(OSError, ValueError):
                process.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None
        self.jobs.clear()


class Processes(Pool):
    """Worker processes of this machine. One that dies costs its submission another try, and nobody else anything.

    Each has an executor of its own: the standard library declares all workers of one executor dead when one of them dies.
    """

    def __init__(self, order: Order, jobs: int) -> None:
        self.order = order
        self.digest = course_digest(order.course)
        self.scratch = tempfile.mkdtemp(prefix="coursenn-run-")
        self._slots = [_Slot(self.scratch) for _ in range(jobs)]
        self._running: dict[Future[Document], _Slot] = {}
        self._tries: dict[Job, int] = {}
        self._notes: list[str] = []
        self._held: list[Outcome] = []
        pin_threads()

    @property
    def room(self) -> int:
        """Two for each process, less what is under way."""
        return QUEUED * len(self._slots) - self.busy

    @property
    def busy(self) -> int:
        """Jobs that the processes hold."""
        return len(self._running) + len(self._held)

    def submit(self, job: Job) -> None:
        """Give it to the process that has least to do."""
        slot = min(self._slots, key=lambda s: len(s.jobs))
        try:
            self._running[slot.submit(job, self.order, self.digest)] = slot
        except BrokenExecutor:  # it died while it had nothing to do, or before anybody looked
            self._held += self._lost(slot)
            self.submit(job)

    def finished(self, timeout: float) -> list[Outcome]:
        """What the processes have brought back."""
        outcomes, self._held = self._held, []
        if not self._running:
            return outcomes
        done, _ = wait(self._running, 0 if outcomes else timeout, FIRST_COMPLETED)
        for future in done:
            slot = self._running.get(future)
            if slot is None:  # its process died, and was dealt with already
                continue
            error = future.exception()
            if isinstance(error, BrokenExecutor):
                outcomes += self._lost(slot)
                continue
            del self._running[future]
            job = next(j for j, f in slot.jobs if f is future)
            slot.jobs.remove((job, future))
            self._tries.pop(job, None)
            outcomes.append(Outcome(job, error=error) if isinstance(error, Exception) else Outcome(job, future.result()))
        return outcomes

    def _lost(self, slot: _Slot) -> list[Outcome]:
        """The process of a slot died: what it was at gets another try, what waited is given out again."""
        held = list(slot.jobs)
        for _, future in held:
            self._running.pop(future, None)
        slot.end()
        outcomes = [Outcome(job, future.result()) for job, future in held if _has_result(future)]
        lost = [job for job, future in held if not _has_result(future)]
        for job in lost[1:]:
            self.submit(job)
        if lost and (died := self._try_again(lost[0])):
            outcomes.append(died)
        return outcomes

    def _try_again(self, job: Job) -> Outcome | None:
        self._tries[job] = self._tries.get(job, 0) + 1
        if self._tries[job] >= ATTEMPTS:
            del self._tries[job]
            return Outcome(job, error=WorkerDied(f"the process that graded it died, {ATTEMPTS} times"))
        self._notes.append(f"{job.name}: the process that graded it died; tried again")
        self.submit(job)
        return None

    def notes(self) -> list[str]:
        """Which processes died."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Kill the processes and remove their temporary files."""
        for slot in self._slots:
            slot.end()
        self._running.clear()
        shutil.rmtree(self.scratch, ignore_errors=True)


def _has_result(future: Future[Document]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _context() -> multiprocessing.context.BaseContext:
    """Workers that share nothing with this process but the modules they all need, imported once."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.engine.grade", "autograder.runs.worker"])
    return context


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def collect(pool: Pool, jobs: list[Job], step: Callable[[], None] | None = None) -> dict[Job, Document]:
    """The documents of a few jobs; the first error is raised. ``step`` is called while waiting."""
    waiting = list(jobs)
    documents: dict[Job, Document] = {}
    while len(documents) < len(jobs):
        if step:
            step()
        while waiting and pool.room > 0:
            pool.submit(waiting.pop(0))
        for outcome in pool.finished(POLL_S):
            if outcome.error is not None:
                raise outcome.error
            assert outcome.document is not None
            documents[outcome.job] = outcome.document
    return documents
