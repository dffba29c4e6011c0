"""Are marks split over behaviours? (That every mistake is caught, and every check proved, is what the audit says.)"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.mistakes import load_mistakes, variant
from tests.autograder.checks._variants import marks

SLIGHT = {
    "batchnorm-forward-eps-forgotten": 0.85,
    "conv-forward-no-bias": 0.85,
    "fc-net-basic-no-half": 0.9,
    "dropout-forward-seed-ignored": 0.8,
}


@pytest.mark.parametrize("entry", SLIGHT)
def test_one_mistake_does_not_cost_the_whole_task(entry: str, course: Course, reference: Path, tmp_path: Path) -> None:
    """Does a forgotten eps or bias cost its own share only?"""
    (mistake,) = (m for m in load_mistakes(course) if m.id == entry)
    result = marks(variant(mistake, reference, tmp_path), reference, course, mistake.task)
    assert SLIGHT[entry] <= result.share < 1
