"""Grading on a Dask cluster: submissions travel as bytes, documents come back as JSON, the database stays here."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import time
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograder.engine.catalogue import CatalogueError
from autograder.engine.clock import SlowWork
from autograder.paths import REPOSITORY
from autograder.results import documents
from autograder.results.digests import course_digest
from autograder.results.documents import InvalidDocument
from autograder.runs import worker
from autograder.runs.local_pool import JOBS_PER_WORKER
from autograder.runs.packing import Packed, pack
from autograder.runs.pool import GradingJob, GradingOrder, GradingOutcome, Pool, RemoteError, WorkerDied
from autograder.runs.scheduler_address import SchedulerAddress, checked_address
from autograder.workspace.workspace import Obstacle

CONNECT_S = 15.0
NO_WORKER_S = 60.0
_UPDATE_WORKERS_S = 2.0
_MAX_JOBS_OUT = 1000


@dataclass
class _SentJob:
    """A job on the cluster."""

    job: GradingJob
    packed: Packed
    future: Any
    allowed: frozenset[str] = field(default_factory=frozenset)
    """Workers it may run on; empty for all."""


class Cluster(Pool):
    """The workers of a scheduler. Work of one that is lost is done again by another; Dask sees to that.

    A worker without a sandbox, or with other files than those here, refuses; it is left out and named.
    """

    def __init__(self, order: GradingOrder, address: SchedulerAddress) -> None:
        self.order = order
        self.address = checked_address(address)
        self._client = _connect(self.address)
        self._arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._sent: dict[str, _SentJob] = {}
        self._refused: dict[str, str] = {}
        self._workers: dict[str, int] = {}
        self._workers_updated = self._last_usable = time.monotonic()
        self._notes: list[str] = []
        path = order.course.path
        manifest = path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
        self._common = {
            "manifest": str(manifest),
            "digest": course_digest(order.course),
            "assignment": order.assignment,
            "seed": order.seed,
            "unsafe": order.unsafe,
        }
        self._update_workers(now=True)

    @property
    def room(self) -> int:
        """Two for each thread of the cluster, less what is under way; bounded, so that memory here is."""
        return min(_MAX_JOBS_OUT, JOBS_PER_WORKER * max(1, sum(self._usable_workers().values()))) - len(self._sent)

    @property
    def busy(self) -> int:
        """Jobs on the cluster."""
        return len(self._sent)

    def submit(self, job: GradingJob) -> None:
        """Pack it and send it."""
        self._send(job, pack(job.folder, self.order.course, self.order.assignment))

    def _send(self, job: GradingJob, packed: Packed) -> None:
        # An opaque name: the scheduler's pages and logs show it.
        key = f"grade-{uuid.uuid4().hex}"
        allowed = frozenset(self._usable_workers()) if self._refused else frozenset()
        head = json.dumps({**self._common, "name": job.name, "hurry": not job.last})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the size of the graph, which is the submission itself
            future = self._client.submit(worker.grade_packed, head, packed.archive, key=key, pure=False, workers=sorted(allowed) or None)
        self._sent[key] = _SentJob(job, packed, future, allowed)
        future.add_done_callback(lambda f: self._arrived.put(f.key))

    def finished(self, timeout: float) -> list[GradingOutcome]:
        """What came back."""
        self._update_workers()
        outcomes = (self._outcome_of(sent) for key in self._arrived_keys(timeout) if (sent := self._sent.pop(key, None)) is not None)
        return [outcome for outcome in outcomes if outcome is not None]

    def _arrived_keys(self, timeout: float) -> Iterator[str]:
        """The keys of what came back, after waiting for the first at most so many seconds."""
        with contextlib.suppress(queue.Empty):
            yield self._arrived.get(timeout=timeout)
            while True:
                yield self._arrived.get_nowait()

    def _outcome_of(self, sent: _SentJob) -> GradingOutcome | None:
        """What one reply means; None when the job was sent to another worker."""
        reply = self._reply_to(sent)
        if isinstance(reply, Exception):
            return GradingOutcome(sent.job, error=reply)
        if "refused" in reply:
            self._exclude_worker(str(reply.get("worker", "?")), str(reply["refused"]))
            self._send(sent.job, sent.packed)
            return None
        if "catalogue" in reply:
            raise CatalogueError(str(reply["catalogue"]))
        if reply.get("slow") is True and not sent.job.last:
            return GradingOutcome(sent.job, error=SlowWork())
        if not isinstance(reply.get("document"), dict):
            return GradingOutcome(sent.job, error=RemoteError(str(reply.get("error", "the worker did not send a document"))[:500]))
        try:
            course, assignment = self.order.course, self.order.assignment
            return GradingOutcome(sent.job, sent.packed.complete(documents.validate(reply["document"], course, assignment, sent.job.name)))
        except InvalidDocument as error:
            return GradingOutcome(sent.job, error=error)

    def _reply_to(self, sent: _SentJob) -> dict[str, Any] | Exception:
        # Heavy and optional: only a cluster needs it.
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            reply = documents.parse(sent.future.result(timeout=CONNECT_S))
        except KilledWorker:
            return WorkerDied("the workers that graded it died, one after the other")
        except InvalidDocument as error:
            return error
        except (CancelledError, CommClosedError, TimeoutError) as error:
            raise self._scheduler_gone() from error
        except Exception as error:
            raise Obstacle(
                f"the cluster could not run the grader ({type(error).__name__}: {str(error)[:300]}). "
                "Install this checkout in the environment of every worker."
            ) from error
        finally:
            sent.future.release()
        return reply if isinstance(reply, dict) else InvalidDocument("the worker did not send an object")

    def _scheduler_gone(self) -> Obstacle:
        return Obstacle(f"the scheduler at {self.address.url} is gone. What was graded is kept; run this again to go on.")

    def _exclude_worker(self, worker: str, reason: str) -> None:
        if worker not in self._refused:
            self._refused[worker] = reason
            self._notes.append(f"worker {worker} refused: {reason}")
        if not self._usable_workers():
            reasons = "\n  ".join(f"{w}: {r}" for w, r in self._refused.items())
            raise Obstacle(f"no worker of the cluster may grade:\n  {reasons}")

    def _usable_workers(self) -> dict[str, int]:
        return {w: n for w, n in self._workers.items() if w not in self._refused}

    def _update_workers(self, *, now: bool = False) -> None:
        """Ask the scheduler for its workers, and give out again what waits for workers that are gone."""
        moment = time.monotonic()
        if not now and moment - self._workers_updated < _UPDATE_WORKERS_S:
            return
        self._workers_updated = moment
        try:
            self._workers = dict(self._client.nthreads())
        except Exception as error:
            raise self._scheduler_gone() from error
        usable = frozenset(self._usable_workers())
        if usable:
            self._last_usable = moment
        elif moment - self._last_usable > NO_WORKER_S:
            raise Obstacle(f"the cluster at {self.address.url} has no worker that may grade: start some, then run this again")
        for key, sent in list(self._sent.items()):
            if sent.allowed and usable and not sent.allowed & usable:
                del self._sent[key]
                sent.future.cancel()
                self._send(sent.job, sent.packed)

    def notes(self) -> list[str]:
        """Which workers refused, and why."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Take back what is under way; the cluster itself stays."""
        with contextlib.suppress(Exception):
            self._client.cancel([sent.future for sent in self._sent.values()], force=True)
        self._sent.clear()
        with contextlib.suppress(Exception):
            self._client.close(timeout=5)


def _connect(address: SchedulerAddress) -> Any:
    # Heavy and optional: only a cluster needs it.
    from distributed import Client
    from distributed.security import Security

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    security = None
    if address.ca is not None:
        security = Security(
            tls_ca_file=str(address.ca), tls_client_cert=str(address.cert), tls_client_key=str(address.key), require_encryption=True
        )
    try:
        # Replies are bytes: nothing that a worker returns is ever unpickled here.
        return Client(
            address.url, security=security, timeout=CONNECT_S, set_as_default=False, deserializers=["dask", "msgpack"], name="autograder"
        )
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise Obstacle(f"no scheduler answers at {address.url} ({error}): check the address, the certificates and the firewall") from error
