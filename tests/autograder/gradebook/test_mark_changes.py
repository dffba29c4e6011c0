"""Do marks follow `deadlines.csv` without grading, and is every change shown before it is made?"""

from __future__ import annotations

from datetime import datetime

import pytest

from autograder.gradebook.mark_changes import apply_changes, bring_up_to_date, plan_changes
from autograder.gradebook.marks import marks_of_class
from autograder.manifest import Course
from autograder.outgoing.export import rows
from autograder.runs.grade import grade
from autograder.term import journal
from autograder.term.deadline_file import FILE, set_cells
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace
from tests.autograder.fake_engine import CALLS, fake, marks

DUE = "2026-05-03 12:00"


def handed_in(workspace: Workspace, student: str, time: str, *points: float) -> None:
    """Write a hand-in of that time, in UTC, to which the fake engine gives these marks."""
    marks(workspace, student, *points)
    (workspace.submitted(student, "first") / "timestamp.txt").write_text(f"{time} UTC")


@pytest.fixture
def late(workspace: Workspace, small: Course) -> Workspace:
    """A graded class: one in time, one a day and an hour late, one without a known time."""
    (workspace.root / FILE).write_text(f"assignment,who,due,rule\nfirst,,{DUE},10% a day\n")
    handed_in(workspace, "ada", "2026-05-03 11:00:00", 2, 3, 2)
    handed_in(workspace, "ben", "2026-05-04 13:00:00", 2, 3, 0)
    marks(workspace, "cyd", 1, 1, 1)
    grade(workspace, small, "first", grader=fake)
    return workspace


def totals(workspace: Workspace) -> dict[str, float]:
    """Return everybody's mark."""
    return {student: m.total for student, m in marks_of_class(workspace, "first").items()}


def test_grading_takes_what_late_work_loses(late: Workspace, small: Course) -> None:
    """Does late work lose its share at once, divided over the notebooks, and is nothing left to change?"""
    assert totals(late) == {"ada": 7, "ben": 4, "cyd": 3}
    assert marks_of_class(late, "first")["ben"].penalties == {"Alpha": 1.0, "Beta": 0.0}
    assert {r["student"]: r["total"] for r in rows(late, small, ("first",))} == totals(late)
    assert plan_changes(late, small).shown == []


def test_an_extension_changes_marks_without_grading(late: Workspace, small: Course) -> None:
    """Is a change of the file shown first, made without the engine, also entered as nbgrader's extension, and journalled?"""
    set_cells(late, "first", "ben", {"due": "+1 day"})
    plan = plan_changes(late, small)
    [change] = plan.shown
    assert (change.student, change.before, change.after) == ("ben", 4, 4.5)
    assert totals(late)["ben"] == 4
    CALLS.clear()
    apply_changes(late, small, plan, "an extension")
    assert totals(late)["ben"] == 4.5
    assert not CALLS
    with nbgrader_api.gradebook(late) as book:
        submission = book.find_submission("first", "ben")
        assert submission.duedate == datetime(2026, 5, 4, 12)
        assert submission.total_seconds_late == 3600
    assert any("mark 4 -> 4.5" in e.text for e in journal.events(late, "ben"))
    assert plan_changes(late, small).changes == []


def test_the_penalty_follows_marks_by_hand(late: Workspace, small: Course) -> None:
    """Does an answer that is read later lose its share as well?"""
    with nbgrader_api.gradebook(late) as book:
        grade_row = book.find_grade("alpha-why", "Alpha", "first", "ben")
        grade_row.manual_score, grade_row.needs_manual_grade = 4.0, False
        book.db.commit()
    assert totals(late)["ben"] == 8
    assert [c.student for c in bring_up_to_date(late, small, "answers were read")] == ["ben"]
    assert totals(late)["ben"] == pytest.approx(7.2)


def test_another_attempt_counts_without_grading(late: Workspace, small: Course) -> None:
    """Does an attempt that was graded before count again without new grading if the file says so?"""
    old = late.submitted("ben", "first")
    late.set_aside(old, "ben/first")
    handed_in(late, "ben", "2026-05-05 11:00:00", 2, 3, 2)
    grade(late, small, "first", grader=fake)
    assert totals(late)["ben"] == pytest.approx(5.6)
    set_cells(late, "first", "", {"counts": "first"})
    CALLS.clear()
    plan = plan_changes(late, small)
    [change] = plan.shown
    assert (change.student, change.before, change.after) == ("ben", 5.6, 4)
    apply_changes(late, small, plan, "the first attempt counts")
    assert totals(late)["ben"] == 4
    assert not CALLS
    set_cells(late, "first", "", {"counts": ""})
    apply_changes(late, small, plan_changes(late, small), "the newest counts again")
    assert totals(late)["ben"] == pytest.approx(5.6)


def test_an_attempt_that_was_never_graded_is_named(late: Workspace, small: Course) -> None:
    """Does an attempt without a result get no new mark, and is it listed for grading?"""
    late.set_aside(late.submitted("ada", "first"), "ada/first")
    handed_in(late, "ada", "2026-05-02 11:00:00", 2, 0, 0)
    late.set_aside(late.submitted("ada", "first"), "ada/first")
    handed_in(late, "ada", "2026-05-03 11:00:00", 2, 3, 2)
    set_cells(late, "first", "ada", {"counts": "2026-05-02 11:00"})
    plan = plan_changes(late, small)
    assert [(c.student, c.after) for c in plan.to_grade] == [("ada", None)]
    apply_changes(late, small, plan, "test")
    assert grade(late, small, "first", grader=fake).rows[0].moves == {"relu-backward": (3.0, 0.0), "sgd-momentum": (2.0, 0.0)}
    assert totals(late)["ada"] == 2
