"""`pytest` in the folder of your work runs the checks of the notebooks; `pytest -k affine` those with that word in their name."""

from __future__ import annotations

import pytest

from coursenn._outcome import PASSED, UNFINISHED
from coursenn._visible_checks import check_sources, run_check

SOURCES = check_sources()


@pytest.mark.parametrize("task", SOURCES)
def test_task(task: str) -> None:
    """Does the check of the task pass?"""
    outcome = run_check(task, SOURCES[task])
    if outcome.state == UNFINISHED:
        pytest.skip(outcome.text)
    if outcome.state != PASSED:
        pytest.fail(outcome.text, pytrace=False)  # where it was noticed helps nobody
