"""One run of one check in one process; anything that happens there becomes a result."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field

import numpy as np

from autograder.checking import Check, Session, SubjectError
from autograder.engine.catalogue import CatalogueError, task_load
from autograder.engine.documented_shapes import unmet_length
from autograder.engine.evidence import evidence, right_evidence
from autograder.engine.expectations import Expectations, finish_check, open_session
from autograder.engine.judge import Opinion, judge
from autograder.engine.messages import Messages
from autograder.engine.own_gradient import own_forward
from autograder.engine.result import CheckResult
from autograder.manifest import Course, Task
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import CheckStopped, Process
from autograder.sandbox.process_tree import Load, ProcessTree
from autograder.sandbox.remote import RemoteBackend
from autograder.verdicts import UNFINISHED, Verdict

MAX_NOTES_OF_SUBMISSION = 40
PLACE = re.compile(r"(\S+), line (\d+)")


@dataclass(frozen=True)
class Attempt:
    """The outcome of one run of a check."""

    result: CheckResult
    importing: bool = False
    """Whether it was stopped while the student's files were being imported."""


@dataclass
class Attempts:
    """Makes the attempts in one run over one submission."""

    course: Course
    tree: ProcessTree
    expectations: Expectations
    limits: Limits
    messages: Messages
    quiet: bool = False
    """Show nothing that could quote the reference."""
    notes: list[str] = field(default_factory=list)
    """What the loader said about the files."""
    sessions: dict[str, Session] | None = None
    """If given, a dictionary to fill: name of a check -> what it did in its last attempt."""
    _noted: set[Load] = field(default_factory=set)

    def run(self, process: Process, task: Task, check: Check, *, thorough: bool = False) -> Attempt:
        """Run a check and return the outcome.

        Parameters
        ----------
        thorough : whether a failed check may be examined further, since no other check will run in this process.
        """
        result = CheckResult(check.name, False, weight=check.weight, kind=check.kind)
        session: Session | None = None
        opinion: Opinion | None = None
        if self.sessions is not None:
            self.sessions.pop(check.name, None)
        try:
            with process.check() as backend, np.errstate(all="ignore"):
                self._read_notes(backend, task_load(self.course, task))
                backend.proportions = self.expectations.sizes(check)
                if not thorough and self._answers_as_the_reference(task, check, backend):
                    return Attempt(self._right(check))
                expected = self.expectations.of(check)
                session = self._open_session(check, backend)
                try:
                    seen = finish_check(check, session)
                finally:
                    for target, bits in backend.older_keywords():
                        self.note(*self.messages.older_keywords(target, bits))
                opinion = judge(expected, seen, session.calls)
                result.passed, result.message, result.measured = opinion.passed, *self._messages(opinion)
                result.evidence = evidence(check, seen, opinion)
                result.worked_out = result.evidence.worked_out
                if thorough and not opinion.passed:
                    result.claim = own_forward(session, expected, seen, opinion.right)
        except (SandboxUnavailable, CatalogueError):
            raise
        except CheckStopped as stop:
            # Once a check is judged wrong, only the student's own forward pass runs again, and how that ends changes nothing.
            if opinion is None or opinion.passed:
                return Attempt(self.stopped(check, stop), stop.importing)
        except Exception as error:
            if opinion is None or opinion.passed:
                self._ended_early(task, check, result, error, session)
        return Attempt(result)

    def has_notes(self, process: Process) -> bool:
        """Whether the loader has something to say about the files of a process in which nothing has been run."""
        with process.check() as backend:
            return bool(backend.notes())

    def read_notes(self, process: Process, load: Load) -> None:
        """Keep what the loader says about the files of a process in which nothing has been run."""
        with process.check() as backend:
            self._read_notes(backend, load)

    def _answers_as_the_reference(self, task: Task, check: Check, backend: RemoteBackend) -> bool:
        """Whether the check passes without being run, because the answers equal the reference's; never if its steps are to be recorded.

        The error of unfinished work is raised at once: the check would only reach the same call.
        """
        conversation = self.expectations.conversation(check)
        if self.sessions is not None or conversation is None:
            return False
        if backend.repeats(conversation):
            return True
        if backend.failed and self.messages.verdict(task, backend.failed) in UNFINISHED:
            raise backend.failed
        return False

    def _right(self, check: Check) -> CheckResult:
        result = CheckResult(check.name, True, weight=check.weight, kind=check.kind)
        result.evidence = self.expectations.once(check, lambda: right_evidence(check, self.expectations.known(check)))
        result.worked_out = result.evidence.worked_out
        return result

    def stopped(self, check: Check, stop: CheckStopped) -> CheckResult:
        """The result of a check that was stopped."""
        message = self.messages.stopped(stop.verdict, self.limits.check_cpu_s, stop.importing, stop.within_s)
        return CheckResult(check.name, False, message, check.weight, check.kind, stop.verdict)

    def _open_session(self, check: Check, backend: RemoteBackend) -> Session:
        session = open_session(check, backend, self.expectations.seed)
        if self.sessions is not None:
            self.sessions[check.name] = session
        return session

    def _messages(self, opinion: Opinion) -> tuple[str, str]:
        """The message about a comparison, with guesses and without."""
        return (opinion.message, opinion.measured) if opinion.passed or not self.quiet else ("differs from the reference",) * 2

    def _ended_early(self, task: Task, check: Check, result: CheckResult, error: Exception, session: Session | None) -> None:
        """Record in a result what ended its check before there was a verdict, and what had been observed by then."""
        result.passed, result.measured = False, ""
        if isinstance(error, SubjectError):
            result.message, result.stopped = self.messages.raised(task, error), self.messages.verdict(task, error)
            calls = session.calls if session and not self.quiet else {}
            if error.kind == "ValueError" and (unmet := unmet_length(error.text, calls, self.expectations.path)):
                result.message = f"{result.message}; {unmet}"
        else:
            # The check computes with what student code returned; an odd shape or value must not end the grading.
            result.message = f"{_returned(session)} cannot be compared with the right result: a shape or a type differs"
        if session and result.stopped not in UNFINISHED:
            # What cannot be compared explains nothing, and must not end the grading.
            with contextlib.suppress(Exception):
                seen = session.arrived()
                result.evidence = evidence(check, seen, judge(self.expectations.of(check), seen, session.calls), error)
                result.worked_out = result.evidence.worked_out

    def _read_notes(self, backend: RemoteBackend, load: Load) -> None:
        """Keep what the loader says about the files, once for each set of modules."""
        if load in self._noted:
            return
        for error in backend.notes():
            place = PLACE.fullmatch(error.place)
            if error.kind == "TooSlow" and place:
                self.tree.skipped.add((place[1], int(place[2])))
            self.note(self.messages.note(error))
        self._noted.add(load)

    def note(self, *notes: str) -> None:
        """Keep notes for the result document."""
        for note in notes:
            if not self.quiet and note not in self.notes and len(self.notes) < MAX_NOTES_OF_SUBMISSION:
                self.notes.append(note)


def needs_another_run(result: CheckResult) -> bool:
    """Whether a check that shared its process must be run again in its own, because an earlier check could be to blame.

    An earlier check cannot make a function return nothing at all.
    """
    return not result.passed and result.stopped not in UNFINISHED and result.worked_out is not False


def _returned(session: Session | None) -> str:
    """The results of a check's calls, in words: it is not known which of them is odd."""
    targets = [call.target for call in session.calls.values() if isinstance(call.target, str)] if session else []
    names = dict.fromkeys(target.rpartition(".")[2] for target in targets)
    return f"what {' or '.join(names)} returned" if names else "a result"


def not_run(check: Check, verdict: Verdict, reason: str) -> CheckResult:
    """The result of a check that is skipped, because it would only cost time."""
    return CheckResult(check.name, False, f"not run: {reason}", check.weight, check.kind, verdict)
