"""Does late work lose what its rule says, and is an invalid rule refused with what to write?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.term.late_rules import RuleError, duration_text, read_duration, read_rule

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("rule", "late", "lost"),
    [
        ("", 5 * DAY, 0.0),
        ("none", 5 * DAY, 0.0),
        ("zero", timedelta(seconds=1), 8.0),
        ("10% a day", timedelta(0), 0.0),
        ("10% a day", timedelta(seconds=1), 0.8),
        ("10% a day", DAY, 0.8),
        ("10% a day", DAY + timedelta(seconds=1), 1.6),
        ("10 % per day begun", 3 * DAY, 2.4),
        ("10% a day", 40 * DAY, 8.0),
        ("10% a day; floor 40%", 40 * DAY, 4.8),
        ("10% of the maximum a day", 2 * DAY, 4.0),
        ("10% of the maximum a day", 9 * DAY, 8.0),
        ("1% an hour, zero after 2 days", 48 * HOUR, 3.84),
        ("1% an hour, zero after 2 days", 48 * HOUR + timedelta(seconds=1), 8.0),
        ("1% AN HOUR; FLOOR 90%; ZERO AFTER 1 DAY", 2 * DAY, 8.0),
    ],
)
def test_what_is_lost(rule: str, late: timedelta, lost: float) -> None:
    """Are so many of 8 points lost, out of 20?"""
    assert read_rule(rule).points_lost(8.0, 20.0, late) == pytest.approx(lost)


@given(st.sampled_from(["zero", "7% a day", "3% an hour; floor 20%", "30% of the maximum a day"]), st.floats(0, 20), st.floats(0, 500))
def test_no_more_is_lost_than_there_is(rule: str, score: float, hours: float) -> None:
    """Is the loss always between nothing and everything, and never smaller for later work?"""
    lost = [read_rule(rule).points_lost(score, 20.0, (hours + more) * HOUR) for more in (0, 1, 24)]
    assert all(0 <= x <= score for x in lost)
    assert lost == sorted(lost)


@pytest.mark.parametrize("text", ["10%", "10% a fortnight", "ten percent a day", "120% a day", "floor", "zero after Easter"])
def test_other_rules_are_refused(text: str) -> None:
    """Does the message about an unreadable rule show valid ones?"""
    with pytest.raises(RuleError, match=r"write for instance|from 0% to 100%"):
        read_rule(text)


@pytest.mark.parametrize(
    ("text", "time"),
    [("15 min", timedelta(minutes=15)), ("1 day 12 h", timedelta(hours=36)), ("2weeks", timedelta(days=14)), ("0.5 days", 12 * HOUR)],
)
def test_durations(text: str, time: timedelta) -> None:
    """Are lengths of time read as people write them, and also in the form in which they are shown?"""
    assert read_duration(text) == time
    assert read_duration(duration_text(time)) == time


@pytest.mark.parametrize("text", ["", "3", "3 months", "-1 day", "1 day and a bit", "99999 weeks"])
def test_other_durations_are_refused(text: str) -> None:
    """Is an unreadable length of time refused, and not guessed?"""
    with pytest.raises(RuleError, match="write for instance"):
        read_duration(text)
