"""Grading on a Dask cluster: submissions travel as bytes, documents come back as JSON, the database stays here."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field

from autograder.engine.catalogue import CatalogueError
from autograder.engine.clock import SlowWork
from autograder.paths import REPOSITORY, printable
from autograder.results import documents
from autograder.results.digests import course_digest
from autograder.results.documents import InvalidDocument
from autograder.runs.client_process import ClientGone, ClientProcess, Event, Lost, Reply, Unreachable, Workers
from autograder.runs.local_pool import JOBS_PER_WORKER
from autograder.runs.packing import Packed, pack
from autograder.runs.pool import GradingJob, GradingOrder, GradingOutcome, Pool, RemoteError, WorkerDied
from autograder.runs.scheduler_address import OPEN_TO_ALL, SchedulerAddress, checked_address
from autograder.sandbox.limits import DEFAULT_LIMITS
from autograder.workspace.workspace import Obstacle

CONNECT_S = 15.0
NO_WORKER_S = 60.0
NO_WORD_S = 60.0
"""The client lists the workers every few seconds; after this silence, it counts as gone."""
NO_RESULT_S = 2 * JOBS_PER_WORKER * DEFAULT_LIMITS.submission_wall_s
"""Twice what the jobs of one worker may take."""
MOST_REFUSALS = 50
"""The most refusals of one submission: a cluster can name any number of workers."""
_MAX_JOBS_OUT = 1000
_MOST_TEXT = 600


@dataclass
class _SentJob:
    """A job on the cluster."""

    job: GradingJob
    packed: Packed
    allowed: frozenset[str] = field(default_factory=frozenset)
    """The workers that it may run on; empty for all."""
    refusals: int = 0


class Cluster(Pool):
    """The workers of a scheduler. If one is lost, Dask has another do its work again.

    A worker without a sandbox, or with files that differ from those here, refuses; it is left out and named.
    """

    def __init__(self, order: GradingOrder, address: SchedulerAddress) -> None:
        self.order = order
        self.address = checked_address(address)
        self._client = _connect(self.address)
        self._sent: dict[str, _SentJob] = {}
        self._refused: dict[str, str] = {}
        self._workers: dict[str, int] = {}
        self._last_word = self._last_usable = self._last_result = time.monotonic()
        self._notes = [OPEN_TO_ALL] if self.address.protocol == "tcp" else []
        path = order.course.path
        manifest = path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
        self._common = {
            "manifest": str(manifest),
            "digest": course_digest(order.course),
            "assignment": order.assignment,
            "seed": order.seed,
            "unsafe": order.unsafe,
        }

    @property
    def room(self) -> int:
        """Two for each thread of the cluster, less what is under way; capped, to bound the memory used here."""
        return min(_MAX_JOBS_OUT, JOBS_PER_WORKER * max(1, sum(self._usable_workers().values()))) - len(self._sent)

    @property
    def busy(self) -> int:
        """Jobs on the cluster."""
        return len(self._sent)

    def submit(self, job: GradingJob) -> None:
        """Pack the submission and send it."""
        if not self._sent:
            self._last_result = time.monotonic()
        self._send(_SentJob(job, pack(job.folder, self.order.course, self.order.assignment)))

    def _send(self, sent: _SentJob) -> None:
        # An opaque name: the scheduler's pages and logs show it.
        key = f"grade-{uuid.uuid4().hex}"
        sent.allowed = frozenset(self._usable_workers()) if self._refused else frozenset()
        head = json.dumps({**self._common, "name": sent.job.name, "hurry": not sent.job.last})
        try:
            self._client.send(key, head, sent.packed.archive, sent.allowed)
        except ClientGone as error:
            raise self._scheduler_gone() from error
        self._sent[key] = sent

    def finished(self, timeout: float) -> list[GradingOutcome]:
        """The outcomes that have come back."""
        try:
            events = self._client.events(timeout)
        except ClientGone as error:
            raise self._scheduler_gone() from error
        outcomes = [outcome for event in events if (outcome := self._outcome_of(event)) is not None]
        self._look_at_clock(events, outcomes)
        return outcomes

    def _look_at_clock(self, events: list[Event], outcomes: list[GradingOutcome]) -> None:
        """End the run when a cluster has been silent for too long."""
        now = time.monotonic()
        if events:
            self._last_word = now
        if outcomes:
            self._last_result = now
        if self._usable_workers():
            self._last_usable = now
        if now - self._last_word > NO_WORD_S:
            raise self._scheduler_gone()
        if now - self._last_usable > NO_WORKER_S:
            raise Obstacle(f"the cluster at {self.address.url} has no worker that may grade: start some, then run this again")
        if self._sent and now - self._last_result > NO_RESULT_S:
            raise Obstacle(
                f"the cluster at {self.address.url} has returned nothing for {NO_RESULT_S / 3600:.1f} hours: look at the logs of its "
                "workers. What was graded is kept; run this again to go on."
            )

    def _outcome_of(self, event: Event) -> GradingOutcome | None:
        """What an event means for a job; None if it concerns no job, or if the job was sent to another worker."""
        match event:
            case Workers(threads):
                self._update_workers(threads)
            case Unreachable(text):
                raise _no_answer(self.address, text)
            case Reply(key, reply):
                # An unknown or old key: nothing waits for it.
                if (sent := self._sent.pop(key, None)) is not None:
                    return self._outcome_of_reply(sent, reply)
            case Lost(key, why, text):
                if (sent := self._sent.pop(key, None)) is not None:
                    return self._outcome_of_loss(sent, why, text)
        return None

    def _outcome_of_loss(self, sent: _SentJob, why: str, text: str) -> GradingOutcome:
        if why == "killed":
            return GradingOutcome(sent.job, error=WorkerDied("the workers that graded it died, one after the other"))
        if why == "unreadable":
            return GradingOutcome(sent.job, error=InvalidDocument("the worker did not send text, or too much of it"))
        if why == "gone":
            raise self._scheduler_gone()
        raise Obstacle(f"the cluster could not run the grader ({_text(text)}). Install this checkout in the environment of every worker.")

    def _outcome_of_reply(self, sent: _SentJob, text: str) -> GradingOutcome | None:
        try:
            reply = documents.parse(text)
        except InvalidDocument as error:
            return GradingOutcome(sent.job, error=error)
        if not isinstance(reply, dict):
            return GradingOutcome(sent.job, error=InvalidDocument("the worker did not send an object"))
        if "refused" in reply:
            self._exclude_worker(_text(reply.get("worker", "?")), _text(reply["refused"]))
            sent.refusals += 1
            if sent.refusals > MOST_REFUSALS:
                return GradingOutcome(sent.job, error=RemoteError(f"more than {MOST_REFUSALS} workers refused it"))
            self._send(sent)
            return None
        if "catalogue" in reply:
            raise CatalogueError(_text(reply["catalogue"]))
        if reply.get("slow") is True and not sent.job.last:
            return GradingOutcome(sent.job, error=SlowWork())
        if not isinstance(reply.get("document"), dict):
            return GradingOutcome(sent.job, error=RemoteError(_text(reply.get("error", "the worker did not send a document"))))
        try:
            course, assignment = self.order.course, self.order.assignment
            return GradingOutcome(sent.job, sent.packed.complete(documents.validate(reply["document"], course, assignment, sent.job.name)))
        except InvalidDocument as error:
            return GradingOutcome(sent.job, error=error)

    def _scheduler_gone(self) -> Obstacle:
        return Obstacle(f"the scheduler at {self.address.url} is gone. What was graded is kept; run this again to go on.")

    def _exclude_worker(self, worker: str, reason: str) -> None:
        if worker not in self._refused and len(self._refused) < _MAX_JOBS_OUT:
            self._refused[worker] = reason
            self._notes.append(f"worker {worker} refused: {reason}")
        if self._workers and not self._usable_workers():
            reasons = "\n  ".join(f"{w}: {r}" for w, r in list(self._refused.items())[:MOST_REFUSALS])
            raise Obstacle(f"no worker of the cluster may grade:\n  {reasons}")

    def _usable_workers(self) -> dict[str, int]:
        return {w: n for w, n in self._workers.items() if w not in self._refused}

    def _update_workers(self, threads: dict[str, int]) -> None:
        """Update the list of workers, and send jobs that wait for lost workers to others."""
        self._workers = {_text(name): count for name, count in threads.items() if count > 0}
        usable = frozenset(self._usable_workers())
        for key, sent in list(self._sent.items()):
            if sent.allowed and usable and not sent.allowed & usable:
                del self._sent[key]
                self._client.take_back(key)
                self._send(sent)

    def notes(self) -> list[str]:
        """Which workers refused, and why."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Cancel what is under way; the cluster itself stays."""
        self._client.close()
        self._sent.clear()


def _connect(address: SchedulerAddress) -> ClientProcess:
    try:
        return ClientProcess(address, CONNECT_S)
    except OSError as error:
        raise _no_answer(address, str(error)) from error


def _no_answer(address: SchedulerAddress, reason: str) -> Obstacle:
    return Obstacle(f"no scheduler answers at {address.url} ({_text(reason)}): check the address, the certificates and the firewall")


def _text(value: object) -> str:
    """A stranger's text, made safe for a terminal."""
    return printable(str(value), _MOST_TEXT)
