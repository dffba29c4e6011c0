"""Is every reading stored once, does the right one count, and can it be undone?"""

from __future__ import annotations

from autograder.questions.answers import digest_of
from autograder.questions.desk import Desk
from autograder.questions.items import Click, clicks
from autograder.questions.readings import Reading, change_click, counting, keep, readings_of, settle, undo
from autograder.questions.state import State

BECAUSE = digest_of("Because it is so.")
QUESTION = "alpha-why"


def read(database: State, grader: str, *marks: str, event: str = "", head: bool = False, **fields: str) -> bool:
    """Store a reading of the answer that two students gave."""
    reading = Reading(QUESTION, BECAUSE, grader, list(marks), **fields)  # type: ignore[arg-type]
    return keep(database, reading, event or f"{grader} {marks} {fields}", settles=head)


def test_a_reading_that_is_sent_twice_counts_once(desk: Desk) -> None:
    """Does an event that is sent again change nothing, even after another event?"""
    assert read(desk.state, "ann", "reason", event="e1")
    assert read(desk.state, "ann", "example", event="e2")
    assert not read(desk.state, "ann", "reason", event="e1")
    assert counting(desk.state, QUESTION)[BECAUSE].marks == ["example"]
    assert desk.state.value("SELECT count(*) FROM event") == 2


def test_the_first_reading_counts_until_the_instructor_decides(desk: Desk) -> None:
    """Does the first complete reading count until the instructor chooses one or reads the answer?"""
    read(desk.state, "ben", state="asked", note="Is that enough?")
    assert BECAUSE not in counting(desk.state, QUESTION)
    read(desk.state, "ann", "reason")
    read(desk.state, "ben", "reason", "example")
    assert counting(desk.state, QUESTION)[BECAUSE].grader in ("ann", "ben")
    first = counting(desk.state, QUESTION)[BECAUSE].grader
    assert first == readings_of(desk.state, QUESTION, BECAUSE)[0].grader
    settle(desk.state, QUESTION, BECAUSE, "ann", "instructor")
    assert counting(desk.state, QUESTION)[BECAUSE].grader == "ann"
    read(desk.state, "instructor", head=True)
    assert counting(desk.state, QUESTION)[BECAUSE].grader == "instructor"


def test_readings_are_undone_one_by_one(desk: Desk) -> None:
    """Does each undo restore the grader's previous reading, and never change another grader's?"""
    read(desk.state, "ann", "reason")
    read(desk.state, "ann", "example")
    read(desk.state, "ben", "reason", "example")
    assert undo(desk.state, "ann", QUESTION) == ("reading", BECAUSE)
    assert [r.marks for r in readings_of(desk.state, QUESTION, BECAUSE) if r.grader == "ann"] == [["reason"]]
    assert undo(desk.state, "ann", QUESTION) == ("reading", BECAUSE)
    assert undo(desk.state, "ann", QUESTION) is None
    assert counting(desk.state, QUESTION)[BECAUSE].grader == "ben"


def test_the_instructors_changes_can_be_undone(desk: Desk) -> None:
    """Does the earlier reading count again, and do changed items return to what they were?"""
    read(desk.state, "ann", "reason")
    read(desk.state, "instructor", "reason", "example", head=True)
    undo(desk.state, "instructor", QUESTION)
    assert counting(desk.state, QUESTION)[BECAUSE].grader == "ann"
    asked = desk.questions[QUESTION]
    before = clicks(desk.state, asked)
    change_click(desk.state, QUESTION, Click("reason", "item", 1.0, "less", "Why?"), "reason", "instructor")
    own = change_click(desk.state, QUESTION, Click("", "comment", 0.0, "Well explained.", "Well explained."), "", "instructor")
    assert [c.points for c in clicks(desk.state, asked) if c.name == "reason"] == [1.0]
    assert own in [c.name for c in clicks(desk.state, asked)]
    change_click(desk.state, QUESTION, None, "chance", "instructor")
    assert "chance" not in [c.name for c in clicks(desk.state, asked)]
    for _ in range(3):
        assert undo(desk.state, "instructor", QUESTION)[0] == "item"  # type: ignore[index]
    assert clicks(desk.state, asked) == before
