"""Is what people decide kept once, does the right reading count, and can it be taken back?"""

from __future__ import annotations

from autograder.questions.answers import digest_of
from autograder.questions.desk import Desk
from autograder.questions.items import Click, clicks
from autograder.questions.readings import Reading, change_click, counting, keep, readings_of, settle, undo
from autograder.questions.state import State

BECAUSE = digest_of("Because it is so.")
QUESTION = "alpha-why"


def read(database: State, grader: str, *marks: str, event: str = "", head: bool = False, **fields: str) -> bool:
    """A reading of the answer that two students gave."""
    reading = Reading(QUESTION, BECAUSE, grader, list(marks), **fields)  # type: ignore[arg-type]
    return keep(database, reading, event or f"{grader} {marks} {fields}", settles=head)


def test_what_is_sent_twice_counts_once(desk: Desk) -> None:
    """Does an event that comes again change nothing, even after another one?"""
    assert read(desk.state, "ann", "reason", event="e1")
    assert read(desk.state, "ann", "example", event="e2")
    assert not read(desk.state, "ann", "reason", event="e1")
    assert counting(desk.state, QUESTION)[BECAUSE].marks == ["example"]
    assert desk.state.value("SELECT count(*) FROM event") == 2


def test_the_first_reading_counts_until_a_head_decides(desk: Desk) -> None:
    """Does a second reading leave the mark, a question leave it open, and a head's reading or choice decide?"""
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


def test_undo_takes_back_one_after_the_other(desk: Desk) -> None:
    """Does each undo bring back what was before, one's own alone, up to nothing?"""
    read(desk.state, "ann", "reason")
    read(desk.state, "ann", "example")
    read(desk.state, "ben", "reason", "example")
    assert undo(desk.state, "ann", QUESTION) == ("reading", BECAUSE)
    assert [r.marks for r in readings_of(desk.state, QUESTION, BECAUSE) if r.grader == "ann"] == [["reason"]]
    assert undo(desk.state, "ann", QUESTION) == ("reading", BECAUSE)
    assert undo(desk.state, "ann", QUESTION) is None
    assert counting(desk.state, QUESTION)[BECAUSE].grader == "ben"


def test_undo_of_a_heads_decision_and_of_an_item(desk: Desk) -> None:
    """Does what counted before count again, and is a changed item as it was?"""
    read(desk.state, "ann", "reason")
    read(desk.state, "instructor", "reason", "example", head=True)
    undo(desk.state, "instructor", QUESTION)
    assert counting(desk.state, QUESTION)[BECAUSE].grader == "ann"
    asked = desk.questions[QUESTION]
    before = clicks(desk.state, asked)
    change_click(desk.state, QUESTION, Click("reason", "item", 1.0, "less", "Why?"), "reason", "instructor")
    own = change_click(desk.state, QUESTION, Click("", "comment", 0.0, "Nice.", "Nice."), "", "instructor")
    assert [c.points for c in clicks(desk.state, asked) if c.name == "reason"] == [1.0]
    assert own in [c.name for c in clicks(desk.state, asked)]
    change_click(desk.state, QUESTION, None, "chance", "instructor")
    assert "chance" not in [c.name for c in clicks(desk.state, asked)]
    for _ in range(3):
        assert undo(desk.state, "instructor", QUESTION)[0] == "item"  # type: ignore[index]
    assert clicks(desk.state, asked) == before
