"""Runs a check in its own process, and again while no other check runs if a busy machine could be to blame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.checking import Array, Call, Check, Ref
from autograder.engine import turns
from autograder.engine.attempt import Attempt, Attempts
from autograder.engine.catalogue import CatalogueError, task_load, task_modules
from autograder.engine.clock import Clock
from autograder.engine.expectations import open_session
from autograder.engine.own_gradient import Claim, ItemPath
from autograder.engine.result import CheckResult
from autograder.manifest import Course, Task
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.process import CheckStopped
from autograder.sandbox.process_tree import ProcessTree, ReferenceModule
from autograder.verdicts import Verdict


@dataclass
class IsolatedChecks:
    """The checks that do not share a process, in one run over one submission."""

    course: Course
    tree: ProcessTree
    attempts: Attempts
    clock: Clock
    suspect: bool = False
    """Whether a run alone has confirmed that a check runs out of time or dies suddenly: later checks then run alone from the start."""
    unloadable: dict[tuple[str, ...], Verdict] = field(default_factory=dict)
    """Modules that stop every process that imports them -> the verdict."""

    def run(self, task: Task, check: Check, references: tuple[ReferenceModule, ...]) -> CheckResult:
        """The result of a check, run alongside others unless there is already doubt; `is_doubtful` says whether to confirm it."""
        if self.suspect:
            return self.run_alone(task, check, references)
        return self._remember(task, self._beside_others(task, check, references))

    def run_alone(self, task: Task, check: Check, references: tuple[ReferenceModule, ...]) -> CheckResult:
        """The result of a check run while no other runs, unless the submission has kept others waiting for too long."""
        if not self.clock.may_run_alone:
            return self._remember(task, self._beside_others(task, check, references))
        if not self.suspect:
            self.tree.close()
        with self.clock.turn(turns.alone):
            wall_s = min(self.clock.left_alone_s, self.clock.left_s)
            with self.clock.keeping_others_waiting():
                attempt = self._run_isolated(task, check, references, wall_s)
        self.suspect = self.suspect or _needs_confirmation(attempt.result)
        return self._remember(task, attempt)

    def is_doubtful(self, result: CheckResult) -> bool:
        """Whether a verdict must be confirmed while no other check runs, and there is time for that."""
        return _needs_confirmation(result) and not self.suspect and self.clock.may_run_alone

    def _beside_others(self, task: Task, check: Check, references: tuple[ReferenceModule, ...]) -> Attempt:
        with self.clock.turn(turns.beside_others):
            return self._run_isolated(task, check, references, self.clock.left_s)

    def _remember(self, task: Task, attempt: Attempt) -> CheckResult:
        if attempt.importing and attempt.result.stopped:
            self.unloadable[task_modules(self.course, task)] = attempt.result.stopped
        return attempt.result

    def _run_isolated(self, task: Task, check: Check, references: tuple[ReferenceModule, ...], wall_s: float) -> Attempt:
        try:
            process = self.tree.start(task_load(self.course, task), references, wall_s)
        except CheckStopped as stop:
            return Attempt(self.attempts.stopped(check, stop))
        attempt = self.attempts.run(process, task, check, thorough=True)
        result, verdict = attempt.result, process.end()
        judged_wrong = result.evidence is not None and not result.passed and not result.stopped
        if verdict and not judged_wrong and verdict is not result.stopped:
            return Attempt(self.attempts.stopped(check, CheckStopped(verdict, attempt.importing)), attempt.importing)
        # A check judged wrong stays wrong if only the second run of the student's own forward pass did not end.
        if judged_wrong and not verdict and result.claim and self._holds(result.claim, task, check, references):
            result.own_forward = result.claim.forward
        return attempt

    def _holds(self, claim: Claim, task: Task, check: Check, references: tuple[ReferenceModule, ...]) -> bool:
        """Whether a gradient is right for the student's own forward pass when each call of that pass runs in its own process."""

        def forward(call: Call, args: tuple[Any, ...], output: ItemPath) -> Array:
            process = self.tree.start(task_load(self.course, task), references)
            try:
                with process.check() as backend:
                    session = open_session(check, backend, self.attempts.expectations.seed)
                    handle = session.backend.call(call.target, args, call.kwargs)
                    return backend.array(Ref(handle, output))
            finally:
                process.end()

        try:
            with np.errstate(all="ignore"):
                return claim.holds(forward)
        except (SandboxUnavailable, CatalogueError):
            raise
        except Exception:
            # A call that does not answer confirms nothing.
            return False


def _needs_confirmation(result: CheckResult) -> bool:
    return result.stopped is not None and result.stopped.about.needs_confirmation
