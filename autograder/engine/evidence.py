"""What is kept from the run of a check until its task has been explained: outputs, which of them are right, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.checking import Check, Observation, Observed, SubjectError, is_large
from autograder.engine.expectations import anything_worked_out, finish_check, open_session
from autograder.engine.judge import Opinion, judge
from autograder.engine.kept_answers import Expected
from autograder.engine.settings import CheckedOutput
from autograder.sandbox.backend import RequestBackend

MAX_KEPT_BYTES = 1 << 20
"""A larger output explains nothing and is not kept."""
ODD = "odd"


@dataclass(frozen=True)
class Evidence:
    """One check over one package."""

    check: str
    passed: bool
    seen: list[Observed]
    right: tuple[bool, ...]
    """For each item of ``seen``, whether it agrees with the reference's."""
    ended: str = ""
    """Empty, or the kind and the text of the exception that ended it early."""
    outputs: tuple[CheckedOutput, ...] = ()
    worked_out: bool | None = None
    """Whether anything was computed; None if the observations do not say."""


def evidence(check: Check, seen: list[Observed], opinion: Opinion, error: Exception | None = None) -> Evidence:
    """What to keep of the observations of a check, which may have ended in an exception."""
    ended = f"{error.kind}: {error.text}" if isinstance(error, SubjectError) else ODD if error else ""
    passed, worked_out = opinion.passed and not error, anything_worked_out(seen, error)
    small = [i for i, item in enumerate(seen) if not is_large(item)]
    right = tuple(opinion.right[i] for i in small if i < len(opinion.right))
    return Evidence(check.name, passed, [_light(seen[i]) for i in small], right, ended, opinion.outputs, worked_out)


def _light(item: Observed) -> Observed:
    if isinstance(item, Observation) and item.value.nbytes > MAX_KEPT_BYTES:
        return replace(item, value=np.empty(0))
    return item


def right_evidence(check: Check, expected: Expected) -> Evidence:
    """What is kept of a check that passed because its answers are the reference's: no observations, since they explain nothing."""
    return Evidence(check.name, True, [], (), outputs=expected.outputs, worked_out=expected.worked_out)


def watch(check: Check, backend: RequestBackend, seed: int | str, expected: Sequence[Observed]) -> Evidence:
    """Run a check over a package of our own and return its evidence, even if it ends early."""
    session = open_session(check, backend, seed)
    session.large = False
    expected = [item for item in expected if not is_large(item)]
    error: Exception | None = None
    with np.errstate(all="ignore"):
        try:
            seen = finish_check(check, session)
        except Exception as caught:
            error, seen = caught, session.arrived()
        return evidence(check, seen, judge(expected, seen, session.calls, facts=False), error)
