"""Which answers is each grader given, in which order, and do two graders ever read the same one by accident?"""

from __future__ import annotations

import time

import pytest

from autograder.manifest import Course
from autograder.questions import turns
from autograder.questions.agreement import of_graders, of_pairs
from autograder.questions.answers import EMPTY
from autograder.questions.compare import comparison
from autograder.questions.desk import Desk
from autograder.questions.graders import Grader, add_grader, choose_readers, grader_of_token, remove_grader
from autograder.questions.readings import Reading, keep
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.questions.answered_class import answered_class
from tests.autograder.questions.conftest import ANN, BEN, HEAD

QUESTION = "alpha-why"


@pytest.fixture
def shared(workspace: Workspace, small: Course) -> Desk:
    """The desk of a class of 30 with two graders."""
    answered_class(workspace, {f"s{n}": {QUESTION: f"Answer {n}."} for n in range(30)})
    desk = Desk(workspace, small, "first")
    for name in ("ann", "ben"):
        add_grader(desk.state, name)
    desk.refresh()
    return desk


def read(desk: Desk, grader: Grader, digest: str, *marks: str, state: str = "read") -> None:
    """Store one reading."""
    reading = Reading(QUESTION, digest, grader.name, list(marks), state=state)  # type: ignore[arg-type]
    keep(desk.state, reading, repr((grader, digest, marks, state)), settles=grader.is_head)


def read_all(desk: Desk, grader: Grader, *marks: str) -> list[str]:
    """Read every answer that a grader is given now, and return the kinds of the turns."""
    found = []
    while turn := desk.turns.next(QUESTION, grader):
        found.append(turn.kind)
        read(desk, grader, turn.digest, *marks)
    return found


def test_without_accounts_the_instructor_reads_everything(desk: Desk) -> None:
    """Is every different answer shown once, including the empty one, those of most students first?"""
    first = desk.turns.next(QUESTION, HEAD)
    assert first is not None
    assert len(desk.answers.members(QUESTION, first.digest)) == 2
    assert read_all(desk, HEAD) == ["open"] * 3
    assert desk.turns.progress(QUESTION, HEAD) == turns.Progress(students=5, done=5, answers=3, answers_done=3, mine=0, asked=0)


def test_graders_read_shared_answers_first(shared: Desk) -> None:
    """Do both graders read the same five answers first, and then divide the rest among them?"""
    assert read_all(shared, ANN, "reason") == ["calibration"] * 5
    assert shared.turns.next(QUESTION, ANN) is None
    assert shared.turns.waits_for(QUESTION) == ["ben"]
    assert read_all(shared, BEN)[:5] == ["calibration"] * 5
    assert shared.turns.waits_for(QUESTION) == []
    kinds = read_all(shared, ANN)
    assert 12 <= kinds.count("share") <= 13
    progress = shared.turns.progress(QUESTION, HEAD)
    assert (progress.done, progress.students, progress.mine) == (30, 30, 0)


def test_the_instructor_may_open_the_shares(shared: Desk) -> None:
    """Can a grader continue although another one has not read the shared answers?"""
    read_all(shared, ANN)
    shared.turns.open_shares(QUESTION)
    assert set(read_all(shared, ANN)) == {"share"}


def test_second_readings_hide_the_first(shared: Desk) -> None:
    """Are some answers read by a second grader, who does not see the first reading?"""
    shared.turns.open_shares(QUESTION)
    for grader in (ANN, BEN):
        read_all(shared, grader, "reason")
    rows = shared.state.rows("SELECT digest, grader FROM share WHERE kind = 'second'")
    assert 2 <= len(rows) <= 4
    twice = [r["digest"] for r in shared.state.rows("SELECT digest FROM reading GROUP BY digest HAVING count(*) = 2")]
    assert {r["digest"] for r in rows} <= set(twice)
    row = rows[0]
    with shared.state.change() as change:
        change.execute("DELETE FROM reading WHERE digest = ? AND grader = ?", (row["digest"], row["grader"]))
    turn = shared.turns.next(QUESTION, Grader(row["grader"]))
    assert turn == turns.Turn(row["digest"], "second")
    shown = shared.answer(QUESTION, turn, Grader(row["grader"]))
    assert (shown["given"], shown["marks"], shown["mine"]) == ([], [], False)


def test_an_answer_is_locked_for_its_reader(desk: Desk) -> None:
    """Is an answer given to one grader at a time, until it is released or its lock expires?"""
    mine = desk.turns.next(QUESTION, ANN)
    theirs = desk.turns.next(QUESTION, BEN)
    assert mine is not None
    assert theirs is not None
    assert mine.digest != theirs.digest
    assert desk.turns.locked_by(QUESTION, mine.digest) == "ann"
    assert not desk.turns.lock(QUESTION, mine.digest, "ben")
    desk.turns.release(QUESTION, "ann")
    assert desk.turns.lock(QUESTION, mine.digest, "ben")
    with desk.state.change() as change:
        change.execute("UPDATE lock SET until = ?", (time.time() - 1,))
    assert desk.turns.lock(QUESTION, mine.digest, "ann")


def test_a_grader_may_ask_the_instructor(desk: Desk) -> None:
    """Does an answer that a grader asks about wait for the instructor, and not for the grader?"""
    turn = desk.turns.next(QUESTION, ANN)
    assert turn is not None
    read(desk, ANN, turn.digest, "reason", state="asked")
    following = desk.turns.next(QUESTION, ANN)
    assert following is not None
    assert following.digest != turn.digest
    assert desk.turns.progress(QUESTION, HEAD).asked == 1
    asked = desk.turns.next(QUESTION, HEAD, asked=True)
    assert asked == turns.Turn(turn.digest, "asked")
    assert desk.answer(QUESTION, asked, HEAD)["marks"] == ["reason"]
    read(desk, HEAD, turn.digest, "example")
    assert desk.turns.progress(QUESTION, HEAD).asked == 0


def test_a_new_grader_gets_a_share(shared: Desk) -> None:
    """Are unread answers divided again among the graders who are left when one leaves and another one joins?"""
    shared.turns.open_shares(QUESTION)
    remove_grader(shared.state, "ben")
    add_grader(shared.state, "cleo")
    shared.turns.deal_anew(QUESTION)
    owners = {row["grader"] for row in shared.state.rows("SELECT grader FROM share WHERE kind = 'share'")}
    assert owners == {"ann", "cleo"}
    choose_readers(shared.state, QUESTION, ["ann"])
    shared.turns.deal_anew(QUESTION)
    total = shared.turns.progress(QUESTION, ANN).mine
    assert total == 30


def test_accounts(desk: Desk) -> None:
    """Does a token belong to one account, is only its digest stored, and are invalid names refused?"""
    token = add_grader(desk.state, "ann", "head")
    assert grader_of_token(desk.state, token) == Grader("ann", "head")
    assert grader_of_token(desk.state, "guess") is None
    assert token not in repr([tuple(row) for row in desk.state.rows("SELECT * FROM grader")])
    assert add_grader(desk.state, "ann") != token
    assert grader_of_token(desk.state, token) is None
    for name in ("instructor", "", "a b", "<b>", "x" * 40):
        with pytest.raises(WorkspaceError, match="nobody can be called"):
            add_grader(desk.state, name)


def test_graders_are_compared(shared: Desk) -> None:
    """Are mean, spread and agreement correct, and does a grader see only answers that they have read?"""
    read_all(shared, ANN, "reason", "example")
    read_all(shared, BEN, "reason")
    found = comparison(shared, QUESTION, HEAD)
    by_name = {g.grader: g for g in found["graders"]}
    assert by_name["ann"].mean == 4.0
    assert by_name["ann"].spread == 0.0
    (pair,) = found["pairs"]
    assert (pair.count, pair.same, pair.distance, pair.difference) == (5, 0, 2.0, 2.0)
    assert len(found["differing"]) == 5
    assert all(shared_by_all for _, _, shared_by_all in found["differing"])
    assert {g.grader: g.count for g in comparison(shared, QUESTION, ANN)["graders"]} == {"ann": 5, "ben": 5}
    assert comparison(shared, QUESTION, Grader("nobody"))["graders"] == []


def test_agreement_is_computed() -> None:
    """Do three answers give the numbers worked out by hand?"""
    scores = [{"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 2.0}, {"a": 0.0, "b": 2.0, "c": 1.0}]
    assert [(g.grader, g.count, g.mean) for g in of_graders(scores)] == [("a", 3, 1.0), ("b", 3, 2.0), ("c", 1, 1.0)]
    pairs = {(p.first, p.second): (p.count, p.same, p.distance, p.difference) for p in of_pairs(scores)}
    assert pairs["a", "b"] == (3, 1, 1.0, -1.0)
    assert pairs["b", "c"] == (1, 0, 1.0, 1.0)


def test_empty_answers_are_not_shared(workspace: Workspace, small: Course) -> None:
    """Are the shared answers drawn only from answers with a text?"""
    answered_class(workspace, {f"s{n}": {QUESTION: "" if n < 9 else f"Answer {n}."} for n in range(16)})
    desk = Desk(workspace, small, "first")
    for name in ("ann", "ben"):
        add_grader(desk.state, name)
    desk.refresh()
    drawn = {row["digest"] for row in desk.state.rows("SELECT digest FROM share WHERE kind = 'calibration'")}
    assert len(drawn) == turns.CALIBRATION
    assert EMPTY not in drawn
    desk.close()
