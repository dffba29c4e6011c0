"""Do the checks of dropout in networks accept right code with other masks than the reference's?"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.checks import fc_net_dropout
from autograder.engine.catalogue import checks_of
from autograder.engine.expectations import Expectations, run_check
from autograder.manifest import Course
from autograder.sandbox.local import LocalBackend


def test_a_kink_that_only_the_submission_crosses_is_not_a_mistake(course: Course, reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is right code accepted if it needs the smaller step of a numeric gradient and the reference does not?"""
    expected = Expectations(reference, 1)
    checks = [c for c in checks_of(course, course.task("fc-net-dropout")) if "own loss" in c.name]
    sizes = [expected.sizes(check) for check in checks]
    monkeypatch.setattr(fc_net_dropout, "STEPS", (10.0, *fc_net_dropout.STEPS))
    for check, entries in zip(checks, sizes, strict=True):
        backend = LocalBackend(reference)
        backend.proportions = entries
        assert all(getattr(item, "holds", True) for item in run_check(check, backend, 1))
        assert len(backend.sizes) > len(entries), "no smaller step was needed"
