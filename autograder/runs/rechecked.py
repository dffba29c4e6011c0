"""Grades a sample of a cluster's results again here, since a worker can claim any marks.

The sample is drawn after the cluster has answered, so nobody there can know it. If one result differs from that found here
twice, and not because a limit was reached, none is trusted: everything that the cluster gave in this run is withdrawn and graded here.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from autograder.plural import counted
from autograder.results.documents import Document
from autograder.runs.pool import GradingJob, GradingOutcome, Pool
from autograder.verdicts import Verdict

SHARE = 0.05
AT_LEAST = 30
"""Size of the sample of a run, on average; a smaller run is graded again as a whole."""
_LIMITS = [verdict for verdict in Verdict if verdict.about.is_limit]


@dataclass
class _Claim:
    """A cluster's result for a submission that is graded again here."""

    job: GradingJob
    document: Document
    found: Document | None = None
    """The result found here, if it differed and is being graded once more."""


@dataclass(frozen=True)
class _Difference:
    """A task that got different points here."""

    task: str
    there: float
    here: float
    of_machine: bool
    """Whether a limit was reached on one of the machines."""


class RecheckedPool(Pool):
    """A pool elsewhere, and one here that grades a sample again.

    Parameters
    ----------
    there, here : the two pools, which are closed with this one.
    submitted : the folder of the class's submissions; canaries are elsewhere, and are not graded again, since their marks are known.
    count : submissions in the class.
    draw : numbers in [0, 1) that nobody can guess.
    """

    def __init__(self, there: Pool, here: Pool, submitted: Path, count: int, draw: random.Random | None = None) -> None:
        self.there, self.here, self.submitted = there, here, submitted
        self.share = max(SHARE, AT_LEAST / max(count, 1))
        self._draw = draw or random.SystemRandom()
        self._claims: dict[GradingJob, _Claim] = {}
        """The claims that are checked here, by their job here."""
        self._waiting: deque[GradingJob] = deque()
        """Jobs for the pool here."""
        self._under_way: list[GradingJob] = []
        """Jobs there."""
        self._given: list[GradingJob] = []
        """Jobs whose outcomes came from there and were not checked."""
        self._taken_back: list[GradingJob] = []
        self._own: set[GradingJob] = set()
        """Jobs here whose outcomes are final."""
        self._checked = self._answered = 0
        self._differed = False
        self._notes: list[str] = []

    @property
    def room(self) -> int:
        """The room of the pool there or, after a contradiction, of the pool here."""
        return self.here.room - len(self._waiting) if self.contradiction else self.there.room

    @property
    def busy(self) -> int:
        """Jobs under way, including those that are graded again."""
        return len(self._under_way) + len(self._claims) + len(self._own)

    def submit(self, job: GradingJob) -> None:
        """Begin a job there, or here after a contradiction."""
        if self.contradiction:
            self._own.add(job)
            self._waiting.append(job)
        else:
            self._under_way.append(job)
            self.there.submit(job)

    def finished(self, timeout: float) -> list[GradingOutcome]:
        """Outcomes from there that are not in the sample, and those of the sample as found here."""
        outcomes = []
        if self._under_way:
            outcomes = [o for outcome in self.there.finished(timeout) if (o := self._take(outcome)) is not None]
            timeout = 0.0
        while self._waiting and self.here.room > 0:
            self.here.submit(self._waiting.popleft())
        if self.here.busy:
            outcomes += [o for outcome in self.here.finished(timeout) if (o := self._compare(outcome)) is not None]
        return outcomes

    def _take(self, outcome: GradingOutcome) -> GradingOutcome | None:
        if self.contradiction:  # found while this was on its way
            return None
        self._under_way.remove(outcome.job)
        if outcome.document is None or not outcome.job.folder.is_relative_to(self.submitted):
            return outcome
        self._answered += 1
        if self._draw.random() >= self.share:
            self._given.append(outcome.job)
            return outcome
        again = GradingJob(outcome.job.folder, last=True)
        self._claims[again] = _Claim(outcome.job, outcome.document)
        self._waiting.append(again)
        return None

    def _compare(self, outcome: GradingOutcome) -> GradingOutcome | None:
        claim = self._claims.get(outcome.job)
        if claim is None or outcome.job in self._own:
            self._own.discard(outcome.job)
            return outcome
        found = claim.found or outcome.document
        if found is None:
            del self._claims[outcome.job]
            return GradingOutcome(claim.job, error=outcome.error)
        differences = _differences(claim.document, found)
        if differences and not claim.found and not all(d.of_machine for d in differences):
            # The submission itself may give different marks each time; then nobody has lied.
            claim.found = found
            self._waiting.append(outcome.job)
            return None
        del self._claims[outcome.job]
        self._checked += 1
        if differences:
            self._differed = True
            self._explain(claim, outcome.document, differences)
        return GradingOutcome(claim.job, found)

    def _explain(self, claim: _Claim, second: Document | None, differences: list[_Difference]) -> None:
        texts = ", ".join(f"{d.task} {d.there:g} there and {d.here:g} here" for d in differences)
        if claim.found is None:
            self._notes.append(f"{claim.job.name}: a limit was reached on only one of the machines ({texts}); this machine's result counts")
        elif second is None or _differences(claim.found, second):
            self._notes.append(f"{claim.job.name}: it does not get the same marks twice ({texts}); this machine's first result counts")
        elif not self.contradiction:
            self._end_trust(f"{claim.job.name}: {texts}")

    def _end_trust(self, contradiction: str) -> None:
        self.contradiction = contradiction
        self._taken_back += self._given
        self._given = []
        under_way, self._under_way = self._under_way, []
        self.there.close()
        for job in under_way:
            self.submit(job)

    def taken_back(self) -> list[GradingJob]:
        """After a contradiction, everything that came from there and was not checked."""
        jobs, self._taken_back = self._taken_back, []
        return jobs

    def notes(self) -> list[str]:
        """What differed, and the notes of the pools."""
        notes, self._notes = self._notes, []
        return [*notes, *self.there.notes(), *self.here.notes()]

    def last_words(self) -> str:
        """How large the sample was, and what it has shown."""
        if not self._answered:
            return ""
        if self.contradiction:
            return (
                f"The cluster cannot be trusted: its marks differ from those that this machine found twice ({self.contradiction}). "
                "All that it gave in this run was withdrawn and graded here. Examine its workers. "
                "To grade earlier runs again: autograder grade --force"
            )
        were = "was" if self._checked == 1 else "were"
        result = "where marks differ, the notes say why" if self._differed else "the marks are the same"
        return f"{self._checked} of {counted(self._answered, 'result')} of the cluster {were} graded again here; {result}"

    def close(self) -> None:
        """Close both pools."""
        self.there.close()
        self.here.close()


def _differences(there: Document, here: Document) -> list[_Difference]:
    found = []
    for claimed, task in zip(there["tasks"], here["tasks"], strict=True):
        if claimed["score"] != task["score"]:
            # The side with more points was not stopped by a limit, even if it says so.
            less = min(claimed, task, key=lambda t: float(t["score"]))
            found.append(_Difference(task["id"], claimed["score"], task["score"], less["verdict"] in _LIMITS))
    return found
