"""Runs the hidden checks of one task over one package as for a student, and measures how far each output is from right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.audit.shared import SharedSandbox
from autograder.checking import Kind, Observed, Requirement, Session
from autograder.engine.attempt import Attempts
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations
from autograder.engine.messages import Messages
from autograder.engine.result import CheckResult
from autograder.engine.schedule import Schedule
from autograder.manifest import Course, Task
from autograder.sandbox.process_tree import ProcessTree
from autograder.sandbox.sandbox import Mounts


@dataclass(frozen=True)
class Measured:
    """One check of one package.

    Parameters
    ----------
    margin : the largest error in units of the tolerance; infinite if a property does not hold, a shape or type differs,
        or a call raises.
    """

    check: str
    weight: float
    passed: bool
    message: str
    margin: float
    verdict: str | None = None
    kind: Kind = Kind.BEHAVIOUR


def measure(package: Path, course: Course, task: Task, expected: Expectations, shared: SharedSandbox) -> list[Measured]:
    """All checks of a task over ``package/coursenn``, in the worker that runs submissions."""
    folder = package / "coursenn"
    tree = ProcessTree(course, Mounts(folder), shared.limits, enter=lambda: shared.enter(folder))
    sessions: dict[str, Session] = {}
    attempts = Attempts(course, tree, expected, shared.limits, Messages(course, folder), sessions=sessions)
    try:
        results = Schedule(attempts, tree).run(task)
    finally:
        tree.close()
    return [
        Measured(r.name, r.weight, r.passed, r.message, _margin(expected.of(check), sessions.get(r.name), r), r.stopped, r.kind)
        for check, r in zip(checks_of(course, task), results, strict=True)
    ]


def _margin(expected: Sequence[Observed], session: Session | None, result: CheckResult) -> float:
    seen = session.arrived() if session else []
    if result.stopped or len(seen) != len(expected):
        return 0.0 if result.passed else math.inf
    return margin(expected, seen)


def margin(expected: Sequence[Observed], seen: Sequence[Observed]) -> float:
    """The largest error among the observations, in units of its tolerance."""
    return max((ratio(want, have) for want, have in zip(expected, seen, strict=True)), default=0.0)


def ratio(want: Observed, have: Observed) -> float:
    """Error by tolerance of one output: 1 is the border between right and wrong."""
    if isinstance(have, Requirement) or isinstance(want, Requirement):
        return 0.0 if isinstance(have, Requirement) and have.holds else math.inf
    squeezed = [tuple(n for n in a.shape if n != 1) for a in (want.value, have.value)]
    wrong_type = want.dtype and want.value.dtype != have.value.dtype
    if squeezed[0] != squeezed[1] or wrong_type or not np.isfinite(have.value).all():
        return math.inf
    expected = want.value.astype(float)
    error = np.abs(have.value.astype(float).reshape(expected.shape) - expected).max(initial=0.0)
    return float(error / (want.atol + want.rtol * np.abs(expected).max(initial=0.0)))
