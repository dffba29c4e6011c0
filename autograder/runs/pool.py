"""What grades the submissions of a run: a pool takes jobs and returns outcomes. One writer enters the results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.manifest import Course
from autograder.results.documents import Document
from autograder.results.store import Grader

POLL_S = 0.2
"""How long to wait for a result before looking around."""


@dataclass(frozen=True)
class GradingJob:
    """One submission to grade; its name is that of the folder above, as in ``submitted/NAME/ASSIGNMENT``."""

    folder: Path
    last: bool = False
    """Whether the others are done: before that, slow work is put off, with `SlowWork` as its outcome."""

    @property
    def name(self) -> str:
        """What the result document calls it."""
        return self.folder.parent.name


@dataclass(frozen=True)
class GradingOutcome:
    """The outcome of a job: a document, or what went wrong."""

    job: GradingJob
    document: Document | None = None
    error: Exception | None = None


@dataclass(frozen=True)
class GradingOrder:
    """What all jobs of a run have in common."""

    course: Course
    assignment: str
    seed: int
    unsafe: bool = False


class WorkerDied(RuntimeError):
    """The process that graded a submission died, several times."""


class RemoteError(RuntimeError):
    """A grader on another machine reports an error."""


class Pool(ABC):
    """Takes jobs while it has room and returns outcomes in any order. Everything is called from one thread."""

    contradiction = ""
    """Why outcomes are not trusted; empty while they are."""

    @property
    @abstractmethod
    def room(self) -> int:
        """How many more jobs may be submitted now."""

    @property
    @abstractmethod
    def busy(self) -> int:
        """How many jobs are under way."""

    @abstractmethod
    def submit(self, job: GradingJob) -> None:
        """Begin a job."""

    @abstractmethod
    def finished(self, timeout: float) -> list[GradingOutcome]:
        """The available outcomes, after waiting at most ``timeout`` seconds for the first."""

    def notes(self) -> list[str]:
        """What an instructor should know about the workers, since the last call."""
        return []

    def taken_back(self) -> list[GradingJob]:
        """Jobs whose outcomes no longer count, since the last call: they must be submitted again."""
        return []

    def last_words(self) -> str:
        """What an instructor should know about all outcomes together; empty if there is nothing."""
        return ""

    @abstractmethod
    def close(self) -> None:
        """Drop what is under way and end the workers."""

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class InProcessPool(Pool):
    """Grades one submission after another, in this process."""

    def __init__(self, order: GradingOrder, grader: Grader) -> None:
        self.order, self.grader = order, grader
        self._outcomes: list[GradingOutcome] = []

    @property
    def room(self) -> int:
        """One at a time."""
        return 1 - len(self._outcomes)

    @property
    def busy(self) -> int:
        """Jobs that are graded but not yet fetched."""
        return len(self._outcomes)

    def submit(self, job: GradingJob) -> None:
        """Grade it at once."""
        o = self.order
        try:
            document = self.grader(job.folder, o.course, o.assignment, o.seed, o.unsafe)
        except Exception as error:
            self._outcomes.append(GradingOutcome(job, error=error))
        else:
            self._outcomes.append(GradingOutcome(job, document))

    def finished(self, timeout: float) -> list[GradingOutcome]:
        """What has been graded since the last call."""
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def close(self) -> None:
        """Do nothing: nothing is under way."""


def grade_jobs(pool: Pool, jobs: list[GradingJob], step: Callable[[], None] | None = None) -> dict[GradingJob, Document]:
    """The documents of a few jobs; the first error is raised. ``step`` is called while waiting."""
    waiting = list(jobs)
    documents: dict[GradingJob, Document] = {}
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
