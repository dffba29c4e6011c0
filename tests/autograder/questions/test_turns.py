"""Who reads what, and when: shared answers first, then shares, locks, second readings, questions to the instructor."""

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
    """One reading."""
    reading = Reading(QUESTION, digest, grader.name, list(marks), state=state)  # type: ignore[arg-type]
    keep(desk.state, reading, repr((grader, digest, marks, state)), settles=grader.is_head)


def read_all(desk: Desk, grader: Grader, *marks: str) -> list[str]:
    """Everything that a grader is given now: what it was."""
    found = []
    while turn := desk.turns.next(QUESTION, grader):
        found.append(turn.kind)
        read(desk, grader, turn.digest, *marks)
    return found


def test_alone_one_reads_everything(desk: Desk) -> None:
    """Without accounts, is every different answer shown once, those of many first, and the empty one among them?"""
    first = desk.turns.next(QUESTION, HEAD)
    assert first is not None
    assert len(desk.answers.members(QUESTION, first.digest)) == 2
    assert read_all(desk, HEAD) == ["open"] * 3
    assert desk.turns.progress(QUESTION, HEAD) == turns.Progress(students=5, done=5, answers=3, answers_done=3, mine=0, asked=0)


def test_shares_open_after_the_shared_answers(shared: Desk) -> None:
    """Do both read the same five first, wait for each other, and then read shares that together are the rest?"""
    assert read_all(shared, ANN, "reason") == ["calibration"] * 5
    assert shared.turns.next(QUESTION, ANN) is None
    assert shared.turns.waits_for(QUESTION) == ["ben"]
    assert read_all(shared, BEN)[:5] == ["calibration"] * 5
    assert shared.turns.waits_for(QUESTION) == []
    kinds = read_all(shared, ANN)
    assert 12 <= kinds.count("share") <= 13
    progress = shared.turns.progress(QUESTION, HEAD)
    assert (progress.done, progress.students, progress.mine) == (30, 30, 0)


def test_a_head_may_open_the_shares(shared: Desk) -> None:
    """Does nobody have to wait for somebody who is ill?"""
    read_all(shared, ANN)
    shared.turns.open_shares(QUESTION)
    assert set(read_all(shared, ANN)) == {"share"}


def test_second_readings_hide_the_first(shared: Desk) -> None:
    """Are some answers read twice, by the other grader, who is shown nothing of the first reading?"""
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


def test_nobody_reads_what_another_one_reads(desk: Desk) -> None:
    """Is an answer in front of one grader not given to another, until nothing is heard for a while or it is given back?"""
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


def test_the_instructor_is_asked(desk: Desk) -> None:
    """Does an answer that a grader asks about leave the grader's turns and wait for the instructor until it is decided?"""
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
    """After a change of graders, is what nobody has read dealt anew, and nothing left to who is gone?"""
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
    """Does a token open one account, is it kept as a digest alone, and can nobody take the instructor's name?"""
    token = add_grader(desk.state, "ann", "head")
    assert grader_of_token(desk.state, token) == Grader("ann", "head")
    assert grader_of_token(desk.state, "guess") is None
    assert token not in repr([tuple(row) for row in desk.state.rows("SELECT * FROM grader")])
    assert add_grader(desk.state, "ann") != token
    assert grader_of_token(desk.state, token) is None
    for name in ("instructor", "", "a b", "<b>", "x" * 40):
        with pytest.raises(WorkspaceError, match="nobody can be called"):
            add_grader(desk.state, name)


def test_graders_compare(shared: Desk) -> None:
    """Are mean, spread and agreement right, the differing answers listed, and does a grader see only what that grader has read?"""
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


def test_numbers_of_agreement() -> None:
    """By hand: do three answers of two graders give these numbers?"""
    scores = [{"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 2.0}, {"a": 0.0, "b": 2.0, "c": 1.0}]
    assert [(g.grader, g.count, g.mean) for g in of_graders(scores)] == [("a", 3, 1.0), ("b", 3, 2.0), ("c", 1, 1.0)]
    pairs = {(p.first, p.second): (p.count, p.same, p.distance, p.difference) for p in of_pairs(scores)}
    assert pairs["a", "b"] == (3, 1, 1.0, -1.0)
    assert pairs["b", "c"] == (1, 0, 1.0, 1.0)


def test_empty_answers_are_nobodys_calibration(workspace: Workspace, small: Course) -> None:
    """Are the shared answers drawn from those that say something?"""
    answered_class(workspace, {f"s{n}": {QUESTION: "" if n < 9 else f"Answer {n}."} for n in range(16)})
    desk = Desk(workspace, small, "first")
    for name in ("ann", "ben"):
        add_grader(desk.state, name)
    desk.refresh()
    drawn = {row["digest"] for row in desk.state.rows("SELECT digest FROM share WHERE kind = 'calibration'")}
    assert len(drawn) == turns.CALIBRATION
    assert EMPTY not in drawn
    desk.close()
