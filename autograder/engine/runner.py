"""Runs the checks of tasks over one submission, and turns whatever happens into check results."""

from __future__ import annotations

import contextlib
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.checking.session import Array, Call, Check, Ref, Session, SubjectError
from autograder.engine import turns
from autograder.engine.catalogue import CatalogueError, Expectations, checks_of, finish, modules_of, open_session
from autograder.engine.evidence import evidence
from autograder.engine.judge import Opinion, judge
from autograder.engine.messages import Messages
from autograder.engine.own_gradient import Claim, Path, own_forward
from autograder.engine.result import CheckResult
from autograder.manifest import Course, Task
from autograder.sandbox.backends import RemoteBackend
from autograder.sandbox.limits import Limits
from autograder.sandbox.processes import Load, Process, Processes, Reference, Stopped
from autograder.sandbox.sandbox import SandboxUnavailable

MAX_STOPS_PER_TASK = 2
MAX_NOTES = 40
CONFIRMED = ("time_limit", "killed")
"""Verdicts that a busy machine could cause: kept only when a run alone ends in them."""
UNFINISHED = ("not_attempted", "missing")
"""What a stub or a missing definition is called: nothing that ran before can bring that about."""
COSTLY = ("time_limit", "memory_limit", "killed")
PLACE = re.compile(r"(\S+), line (\d+)")
SHARED_S = 2.0
"""How long a process takes on further tasks: what is slow gets all of a process's time for itself."""


@dataclass
class Runner:
    """One run over one submission, with or without the reference below it."""

    course: Course
    processes: Processes
    expectations: Expectations
    limits: Limits
    messages: Messages
    quiet: bool = False
    """Show nothing that could quote the reference."""
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    _unloadable: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Modules that stop every process that imports them, and the verdict."""
    _suspect: bool = False
    """Whether a run alone has confirmed such a verdict: what comes after it runs alone in the first place."""
    _waited: float = 0.0
    """Seconds that were spent waiting for others."""
    _kept_alone: float = 0.0
    """Seconds for which others had to wait."""
    _noted: set[Load] = field(default_factory=set)
    upcoming: list[Task] = field(default_factory=list)
    """Tasks that will be run, in order: some of them perhaps ahead, in the process of one before them that loads the same files."""
    shifted_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds that went into a task while another one was run; below zero for that other one."""
    _ahead: dict[str, list[CheckResult]] = field(default_factory=dict)
    """Results that were found that way."""
    _apart_only: set[str] = field(default_factory=set)
    """Tasks that have ended such a process: each of their checks is run by itself in the first place."""

    def run(self, task: Task, references: tuple[Reference, ...] = ()) -> list[CheckResult]:
        """All checks of a task that grades functions.

        They run in one process as long as they pass. What does not pass there is run again in a process of its own, and
        so is all that comes after it: no check loses marks by what another one left behind.
        """
        self.upcoming = [t for t in self.upcoming if t is not task]
        if task.id in self._ahead:
            return self._ahead.pop(task.id)
        checks = self._expected(task)
        apart = self._suspect or task.id in self._apart_only or self._not_run(task, [])
        results, doubt = ([], False) if apart else self._together(task, checks, references)
        for check in checks[len(results) :]:
            reason = self._not_run(task, [r.stopped for r in results if r.stopped in COSTLY])
            if reason:
                results.append(CheckResult(check.name, False, f"not run: {reason[1]}", check.weight, reason[0]))
            else:
                results.append(self._check(task, check, references, doubt))
            doubt = False
        return results

    def _together(self, task: Task, checks: tuple[Check, ...], references: tuple[Reference, ...]) -> tuple[list[CheckResult], bool]:
        """Results of the first checks, those that one process for all cannot have spoilt; whether the next is to be run alone."""
        results: list[CheckResult] = []
        doubt = False
        with self._turn(turns.among_others):
            try:
                process = self.processes.start(self._load(task), references)
            except Stopped:
                return [], True
            for check in checks:
                result, _ = self._attempt(process, task, check)
                if not result.passed and result.stopped not in UNFINISHED:
                    doubt = result.stopped in CONFIRMED
                    break
                results.append(result)
            ahead = self._go_on(process, task) if len(results) == len(checks) and not references else {}
            process.end()
            if process.left_behind:
                # It does not tell which check did it. A submission that leaves something once may do so again.
                self.upcoming = []
                return [], False
            for other, (found, seconds) in ahead.items():
                self._ahead[other] = found
                self.shifted_s[other] += seconds
                self.shifted_s[task.id] -= seconds
            return results, doubt

    def _go_on(self, process: Process, first: Task) -> dict[str, tuple[list[CheckResult], float]]:
        """Results of later tasks that load the same files and pass in the same process, and the seconds that each took.

        Starting another process takes longer than most checks.
        """
        began = time.monotonic()
        found: dict[str, tuple[list[CheckResult], float]] = {}
        for task in self.upcoming:
            started = time.monotonic()
            if self._load(task) != self._load(first) or task.id in self._ahead:
                continue
            if started - began > SHARED_S:
                break
            results = []
            for check in self._expected(task):
                result, _ = self._attempt(process, task, check)
                if not result.passed and result.stopped not in UNFINISHED:
                    if result.stopped in COSTLY:
                        self._apart_only.add(task.id)
                    return found
                results.append(result)
            found[task.id] = results, time.monotonic() - started
        return found

    def _expected(self, task: Task) -> tuple[Check, ...]:
        """The checks of a task, once what they expect is known: that must not count as time of the submission."""
        checks = checks_of(self.course, task)
        for check in checks:
            self.expectations.of(check)
        return checks

    def _not_run(self, task: Task, stops: list[Any]) -> tuple[str, str] | None:
        """Verdict and reason when another check of a task would only cost time."""
        if verdict := self._unloadable.get(self._load(task).modules):
            return verdict, "its files cannot be imported"
        if len(stops) >= MAX_STOPS_PER_TASK:
            return stops[0], "two checks before it were stopped"
        used = time.monotonic() - self.started - self._waited
        if used > self.limits.submission_wall_s or self.processes.cpu_s > self.limits.submission_cpu_s:
            return "time_limit", "the submission has used up its time"
        return None

    def fetch_model(self, name: str, names: list[str]) -> dict[str, Any] | CheckResult:
        """The arrays of a file of trained weights, or what went wrong."""
        title = "the saved network can be read"
        try:
            path = self.processes.model_path(name)
            process = self.processes.start(Load(()))
            try:
                with process.check() as backend:
                    ref = backend.load_npz(path)
                    present, _ = backend.keys(ref, names)
                    later = {name: backend.array_later(ref[name]) for name in present}
                    backend.settle()
                    return {name: array() for name, array in later.items()}
            finally:
                process.end()
        except Stopped as stop:
            return CheckResult(title, False, self.messages.stopped(stop.verdict, self.limits.check_cpu_s), 1.0, stop.verdict)
        except SandboxUnavailable:
            raise
        except Exception as error:
            kind = f" ({error.kind})" if isinstance(error, SubjectError) else ""
            return CheckResult(title, False, f"the file is not an .npz of number arrays{kind}", 1.0, "error")

    def loads(self, task: Task) -> bool:
        """Whether the modules of a task that was run could be loaded at all."""
        return self._load(task).modules not in self._unloadable

    def _load(self, task: Task) -> Load:
        return Load(modules_of(self.course, task), task.absent)

    def _check(self, task: Task, check: Check, references: tuple[Reference, ...], doubt: bool = False) -> CheckResult:
        """One check in a process of its own; alone at once if there is doubt already, and it has not kept others waiting too long."""
        confirmed = self._kept_alone < self.limits.alone_wall_s
        if not confirmed or not (self._suspect or doubt):
            with self._turn(turns.among_others):
                result, importing = self._apart(task, check, references)
            if not confirmed or result.stopped not in CONFIRMED:
                return self._remembered(task, result, importing and not confirmed)
        if not self._suspect:
            self.processes.close()
        with self._turn(turns.alone):
            began = time.monotonic()
            result, importing = self._apart(task, check, references)
            self._kept_alone += time.monotonic() - began
        self._suspect = self._suspect or result.stopped in CONFIRMED
        return self._remembered(task, result, importing)

    def _remembered(self, task: Task, result: CheckResult, importing: bool) -> CheckResult:
        if importing and result.stopped:
            self._unloadable[modules_of(self.course, task)] = result.stopped
        return result

    @contextlib.contextmanager
    def _turn(self, lock: Callable[[], contextlib.AbstractContextManager[None]]) -> Iterator[None]:
        """Wait for a turn. What others make a submission wait is not its own time."""
        asked = time.monotonic()
        with lock():
            self._waited += time.monotonic() - asked
            yield

    def _apart(self, task: Task, check: Check, references: tuple[Reference, ...]) -> tuple[CheckResult, bool]:
        try:
            process = self.processes.start(self._load(task), references)
        except Stopped as stop:
            return self._stopped(check, stop), False
        result, importing = self._attempt(process, task, check, thorough=True)
        verdict = process.end()
        # A check that was found wrong stays so when only the student's own forward pass, run once more, came to no end.
        judged = result.evidence is not None and not result.passed and not result.stopped
        if judged and not verdict and result.claim and self._confirmed(result.claim, task, check, references):
            result.own_forward = result.claim.forward
        return (self._stopped(check, Stopped(verdict, importing)) if verdict and not judged else result), importing

    def _confirmed(self, claim: Claim, task: Task, check: Check, references: tuple[Reference, ...]) -> bool:
        """Whether a gradient is right for the student's own forward pass when each call of that runs in a process of its own."""

        def forward(call: Call, args: tuple[Any, ...], output: Path) -> Array:
            process = self.processes.start(self._load(task), references)
            try:
                with process.check() as backend:
                    handle = open_session(check, backend, self.expectations.seed).backend.call(call.target, args, call.kwargs)
                    return backend.array(Ref(handle, output))
            finally:
                process.end()

        try:
            with np.errstate(all="ignore"):
                return claim.holds(forward)
        except (SandboxUnavailable, CatalogueError):
            raise
        except Exception:
            # Whatever such a call does instead of answering, it confirms nothing.
            return False

    def _stopped(self, check: Check, stop: Stopped) -> CheckResult:
        message = self.messages.stopped(stop.verdict, self.limits.check_cpu_s, stop.importing)
        return CheckResult(check.name, False, message, check.weight, stop.verdict)

    def _attempt(self, process: Process, task: Task, check: Check, thorough: bool = False) -> tuple[CheckResult, bool]:
        """One run of one check, and whether it was stopped while files were imported.

        Parameters
        ----------
        thorough : no other check will run in this process, so that a failed one may look further.
        """
        expected, load = self.expectations.of(check), self._load(task)
        result = CheckResult(check.name, False, weight=check.weight)
        session: Session | None = None
        opinion: Opinion | None = None
        try:
            with process.check() as backend, np.errstate(all="ignore"):
                if load not in self._noted:
                    self._read_notes(backend, load)
                backend.proportions = self.expectations.sizes(check)
                session = open_session(check, backend, self.expectations.seed)
                seen = finish(check, session)
                opinion = judge(expected, seen, session.calls)
                result.passed, result.message = opinion.passed, self._message(opinion)
                result.evidence = evidence(check, seen, opinion)
                if thorough and not opinion.passed:
                    result.claim = own_forward(session, expected, seen, opinion.right)
        except (SandboxUnavailable, CatalogueError):
            raise
        except Stopped as stop:
            if opinion is None or opinion.passed:
                return self._stopped(check, stop), stop.importing
        except Exception as error:
            # After the verdict the student's own forward pass was run once more: what becomes of that changes nothing.
            if opinion is None or opinion.passed:
                self._failed_early(task, result, error)
                if session and result.stopped not in UNFINISHED:
                    # What cannot be compared explains nothing, and is no reason to end the grading.
                    with contextlib.suppress(Exception):
                        seen = session.arrived()
                        result.evidence = evidence(check, seen, judge(expected, seen, session.calls), error)
        return result, False

    def _message(self, opinion: Opinion) -> str:
        return opinion.message if opinion.passed or not self.quiet else "differs from the reference"

    def _failed_early(self, task: Task, result: CheckResult, error: Exception) -> None:
        """Put into a result what ended its check before there was a verdict."""
        result.passed = False
        if isinstance(error, SubjectError):
            result.message, result.stopped = self.messages.raised(task, error), self.messages.verdict(task, error)
        else:
            # The check computes with what came back; an odd shape or value must not end the grading.
            result.message = "an output does not have the shape or type it must have"

    def _read_notes(self, backend: RemoteBackend, load: Load) -> None:
        """What the loader says about the files; asked once for each set of modules."""
        for error in backend.notes():
            place = PLACE.fullmatch(error.place)
            if error.kind == "TooSlow" and place:
                self.processes.skipped.add((place[1], int(place[2])))
            note = self.messages.note(error)
            if not self.quiet and note not in self.notes and len(self.notes) < MAX_NOTES:
                self.notes.append(note)
        self._noted.add(load)
