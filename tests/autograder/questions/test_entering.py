"""Is every reading entered once in the gradebook, and are marks from the formgrader kept?"""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from autograder.gradebook.hand_marks import HandMark, hand_marks
from autograder.manifest import Course
from autograder.questions.answers import EMPTY, digest_of
from autograder.questions.desk import Desk
from autograder.questions.items import Click
from autograder.questions.readings import Reading, change_click, keep, undo
from autograder.workspace.workspace import Workspace
from tests.autograder.gradebook.odd_class import enter_all
from tests.autograder.marks import grade_by_hand
from tests.autograder.questions.answered_class import write_copies
from tests.autograder.questions.conftest import HEAD
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

BECAUSE, QUESTION = digest_of("Because it is so."), "alpha-why"
WAITS = HandMark(None, None, True)


def read(desk: Desk, *marks: str, digest: str = BECAUSE, question: str = QUESTION, comment: str = "", event: str = "") -> None:
    """Read an answer as the instructor, and enter the mark."""
    keep(desk.state, Reading(question, digest, "instructor", list(marks), comment), event or repr((marks, digest, comment)), settles=True)
    desk.entering.enter_due()


def held(workspace: Workspace, student: str, question: str = QUESTION) -> HandMark:
    """The mark in the gradebook."""
    found = hand_marks(workspace, "first", ["alpha-why", "beta-why"])[student, question]
    return HandMark(found.score, found.comment, found.waiting)


def test_all_students_with_the_answer_get_the_mark(desk: Desk, answered: Workspace) -> None:
    """Do both students with the answer get points and comment, and all others nothing?"""
    assert held(answered, "ada") == WAITS
    read(desk, "reason")
    given = HandMark(2.0, "Which example of Alpha shows it?", False)
    assert [held(answered, s) for s in ("ada", "bob", "cyd")] == [given, given, WAITS]
    assert held(answered, "dan") == HandMark(None, None, False)
    read(desk, digest=EMPTY)
    assert [held(answered, s).score for s in ("eve", "fay")] == [0.0, 0.0]
    assert desk.entering.left() == 0


def test_a_changed_item_changes_all_marks(desk: Desk, answered: Workspace) -> None:
    """Do all answers with an item get its new points, and the old ones after an undo?"""
    read(desk, "reason")
    read(desk, "reason", "chance", digest=digest_of("By chance."))
    change_click(desk.state, QUESTION, Click("reason", "item", 1.25, "text", "Why?"), "reason", "instructor")
    desk.entering.enter_due()
    assert [held(answered, s).score for s in ("ada", "bob", "cyd")] == [1.25, 1.25, 1.25]
    undo(desk.state, "instructor", QUESTION)
    desk.entering.enter_due()
    assert [held(answered, s).score for s in ("ada", "bob", "cyd")] == [2.0, 2.0, 2.0]
    undo(desk.state, "instructor", QUESTION)
    desk.entering.enter_due()
    assert held(answered, "cyd") == WAITS


def test_marks_from_the_formgrader_are_kept(desk: Desk, answered: Workspace) -> None:
    """Is a mark from the formgrader kept and shown on the page until the instructor decides to overwrite it?"""
    grade_by_hand(answered, "bob", QUESTION, score=3.5, comment="In the formgrader.")
    desk.entering.look()
    read(desk, "reason")
    theirs = HandMark(3.5, "In the formgrader.", False)
    assert (held(answered, "ada").score, held(answered, "bob")) == (2.0, theirs)
    grade_by_hand(answered, "ada", QUESTION, score=2.0, comment="Worded differently.")
    desk.entering.look()
    read(desk, "reason", "example")
    assert held(answered, "ada") == HandMark(2.0, "Worded differently.", False)
    found = desk.chosen(QUESTION, BECAUSE, HEAD)
    assert found is not None
    assert found["answer"]["outside"] == [2.0, 3.5]
    desk.take_over(QUESTION, BECAUSE)
    desk.entering.enter_due()
    assert [held(answered, s).score for s in ("ada", "bob")] == [4.0, 4.0]
    read(desk)
    assert [held(answered, s).score for s in ("ada", "bob")] == [0.0, 0.0]


def test_answers_read_in_the_formgrader_are_not_shown(desk: Desk, answered: Workspace) -> None:
    """Is an answer done only once all of its students have a mark from the formgrader?"""
    grade_by_hand(answered, "ada", QUESTION)
    desk.entering.look()
    assert BECAUSE not in desk.turns.done(QUESTION)
    grade_by_hand(answered, "bob", QUESTION)
    desk.entering.look()
    assert BECAUSE in desk.turns.done(QUESTION)


def test_a_changed_answer_is_read_again(desk: Desk, answered: Workspace) -> None:
    """Is a new answer shown with the earlier mark, and a known answer marked at once?"""
    read(desk, "reason")
    for student, text in (("ada", "Because of something else."), ("cyd", "Because it is so.")):
        write_copies(answered, student, {QUESTION: text})
    desk.answers.refresh()
    _touch(answered)
    desk.entering.look()
    desk.entering.enter_due()
    assert (held(answered, "ada").score, held(answered, "cyd").score) == (2.0, 2.0)
    found = desk.chosen(QUESTION, digest_of("Because of something else."), HEAD)
    assert found is not None
    assert (found["answer"]["before"], found["answer"]["marks"]) == ([2.0], [])
    read(desk, "reason", "example", digest=digest_of("Because of something else."))
    assert held(answered, "ada").score == 4.0


def test_a_removed_answer_loses_its_mark(desk: Desk, answered: Workspace) -> None:
    """Is the mark removed if the cell is untouched in a new attempt?"""
    read(desk, "reason")
    write_copies(answered, "ada", {})
    desk.answers.refresh()
    _touch(answered)
    desk.entering.look()
    desk.entering.enter_due()
    assert held(answered, "ada") == HandMark(None, None, False)
    assert held(answered, "bob").score == 2.0


def test_a_restored_gradebook_gets_its_marks_again(desk: Desk, answered: Workspace) -> None:
    """Are the marks entered again after the gradebook was restored from a backup?"""
    backup = answered.back_up("test")
    assert backup is not None
    read(desk, "reason")
    answered.gradebook.write_bytes(backup.read_bytes())
    desk.entering.close()
    desk.entering.look()
    desk.entering.enter_due()
    assert held(answered, "ada").score == 2.0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_loses_and_doubles_no_mark(
    desk: Desk, answered: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Is a mark entered at the next start if the process was killed before or after writing, and can it be changed?"""
    write = desk.entering._writer.write

    def killed(*arguments: Any) -> Any:
        if moment == "after":
            write(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(desk.entering._writer, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        read(desk, "reason")
    again = Desk(answered, small, "first")
    again.refresh()
    again.entering.look()
    again.entering.enter_due()
    assert [held(answered, s).score for s in ("ada", "bob")] == [2.0, 2.0]
    read(again, "reason", "example")
    assert [held(answered, s).score for s in ("ada", "bob")] == [4.0, 4.0]
    assert again.state.rows("SELECT * FROM outside") == []
    again.close()


def test_a_reading_waits_for_a_locked_gradebook(desk: Desk, answered: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is the reading kept, reported as waiting, and entered once the gradebook is free?"""
    from autograder.workspace.workspace import Obstacle

    write = desk.entering._writer.write

    def refused(*_: Any) -> Any:
        raise Obstacle("it is locked by another program")

    monkeypatch.setattr(desk.entering._writer, "write", refused)
    read(desk, "reason")
    assert (desk.entering.left(), held(answered, "ada")) == (2, WAITS)
    assert desk.around(QUESTION, HEAD)["waiting"] == 2
    monkeypatch.setattr(desk.entering._writer, "write", write)
    desk.entering.enter_due()
    assert (desk.entering.left(), desk.entering.problem, held(answered, "ada").score) == (0, "", 2.0)


def _touch(workspace: Workspace) -> None:
    """Change the gradebook's file, as `autograder grade` does."""
    with sqlite3.connect(workspace.gradebook) as database:
        database.execute("CREATE TABLE IF NOT EXISTS touched (x)")
    database.close()


def test_marks_are_kept_when_attempts_are_graded_again(workspace: Workspace, small: Course) -> None:
    """Does an unchanged answer keep its mark, and is a changed one read again?"""
    layers = {"coursenn/layers.py": RIGHT_LAYERS}
    for student, answer in (("ada", "Because."), ("cyd", "By chance.")):
        hand_in(workspace, student, layers, answers={QUESTION: answer})
    enter_all(workspace, small, ["ada", "cyd"])
    desk = Desk(workspace, small, "first")
    desk.prepare()
    for answer in ("Because.", "By chance."):
        read(desk, "reason", digest=digest_of(answer))
    hand_in(workspace, "ada", layers, answers={QUESTION: "Because.  "})
    hand_in(workspace, "cyd", layers, answers={QUESTION: "Not by chance."})
    enter_all(workspace, small, ["ada", "cyd"])
    assert (held(workspace, "cyd").score, held(workspace, "cyd").waiting) == (2.0, True)
    desk.answers.refresh()
    desk.entering.look()
    desk.entering.enter_due()
    assert (held(workspace, "ada").score, held(workspace, "ada").waiting) == (2.0, False)
    turn = desk.turns.next(QUESTION, HEAD)
    assert turn is not None
    assert (turn.digest, desk.answer(QUESTION, turn, HEAD)["before"]) == (digest_of("Not by chance."), [2.0])
    read(desk, digest=turn.digest)
    assert held(workspace, "cyd") == HandMark(0.0, "- What is the reason in Alpha?\n- Which example of Alpha shows it?", False)
    assert desk.turns.next(QUESTION, HEAD) is None
    desk.close()
