"""Are the expected values of checks the same in one process and in several?"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.checking import Observation
from autograder.engine import expectations as module
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations
from autograder.intake.reference import reference_path
from autograder.manifest import Course


def in_two_processes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Use a second process even for few checks, and return the list of computations in this process."""
    here: list[int] = []
    compute = Expectations._compute

    def spy(self: Expectations, check: Any) -> Any:
        here.append(os.getpid())
        return compute(self, check)

    monkeypatch.setattr(Expectations, "_compute", spy)
    monkeypatch.setattr(module, "WORTH_A_COPY", 2)
    monkeypatch.setattr(module, "cores", lambda: 2)
    return here


def test_several_processes_compute_the_same(mini: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are the expected values exactly those of one process, with half of them computed in another process?"""
    checks = [check for task in mini.tasks if not task.model for check in checks_of(mini, task)]
    alone, together = (Expectations(reference_path(mini), 7) for _ in range(2))
    for check in checks:
        alone.of(check)
    here = in_two_processes(monkeypatch)
    together.prepare(checks)
    assert len(here) == (len(checks) + 1) // 2
    for check in checks:
        assert alone.sizes(check) == together.sizes(check)
        assert alone.targets(check) == together.targets(check)
        assert [o.settings for o in alone.outputs(check)] == [o.settings for o in together.outputs(check)]
        for a, b in zip(alone.of(check), together.of(check), strict=True):
            assert type(a) is type(b)
            if isinstance(a, Observation) and isinstance(b, Observation):
                np.testing.assert_array_equal(a.value, b.value)
        one, two = alone.conversation(check), together.conversation(check)
        assert [e.requests for e in one or ()] == [e.requests for e in two or ()]
    assert len(here) == (len(checks) + 1) // 2


def test_values_of_a_failed_process_are_computed_here(mini: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Are values that the other process did not send computed here when they are needed?"""
    checks = [check for task in mini.tasks if not task.model for check in checks_of(mini, task)]
    in_two_processes(monkeypatch)
    nothing: Callable[[], None] = lambda: None  # noqa: E731
    monkeypatch.setattr(module, "in_a_copy", lambda _: nothing)
    found = Expectations(reference_path(mini), 7)
    found.prepare(checks)
    assert all(found.of(check) for check in checks)
