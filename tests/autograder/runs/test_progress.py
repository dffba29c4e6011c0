"""The progress of a run: lines in a log, a bar in a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.runs.progress import RunProgress, duration, show_progress


def test_log_gets_a_line_now_and_then() -> None:
    """Does a log get only one line per interval, with done, failed, rate and time left?"""
    file = io.StringIO()
    progress = RunProgress(10, done=4, graded=4, failed=1, started=0.0)
    with show_progress(Console(file=file, width=40), line_every_s=3600) as show:
        show(progress)
    assert file.getvalue() == ""
    with show_progress(Console(file=file, width=40), line_every_s=0) as show:
        show(progress)
    (line,) = file.getvalue().splitlines()
    assert line.startswith("4 of 10 done, 1 failed, ")
    assert "a minute, about " in line
    assert line.endswith("left")


def test_terminal_gets_a_bar() -> None:
    """Does a terminal show done, failed, rate and the last student, with brackets in names unchanged?"""
    file = io.StringIO()
    with show_progress(Console(file=file, force_terminal=True, width=120)) as show:
        show(RunProgress(10, done=4, failed=1, now="[bold]eve"))
    text = file.getvalue()
    assert "4/10" in text
    assert "1 failed" in text
    assert "[bold]eve" in text


def test_slow_work_is_named() -> None:
    """Does the line say whose work is graded last, and stay short when there are many?"""
    assert RunProgress(9, slow=dict.fromkeys(["ada"])).line() == "0 of 9 done, 0 failed, 1 slow and graded last (ada)"
    assert RunProgress(9, slow=dict.fromkeys("abcde")).line() == "0 of 9 done, 0 failed, 5 slow and graded last (a, b, c, ...)"


def test_rate_needs_something_done() -> None:
    """Are rate and time left omitted until the first submission is done?"""
    assert RunProgress(10).line() == "0 of 10 done, 0 failed"


@pytest.mark.parametrize(("seconds", "text"), [(4, "4 s"), (61, "1 min"), (3600, "60 min"), (7500, "2 h 05 min")])
def test_spans_read_well(seconds: float, text: str) -> None:
    """Are lengths of time written as people say them?"""
    assert duration(seconds) == text
