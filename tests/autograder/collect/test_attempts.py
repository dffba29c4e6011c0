"""Does the attempt that the deadlines select count, and is no attempt ever lost?"""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from autograder.collect.attempts import Attempt, attempts, one_that_should_count, settle_all
from autograder.collect.deliveries import Delivery, DeliveryResult, collected_notes, read_time, take_delivery
from autograder.collect.undo import finish, remember, undo
from autograder.term.deadline_file import FILE, deadlines_of
from autograder.term.groups import GROUPS, read_groups
from autograder.workspace.workspace import Workspace, WorkspaceError

NOON = datetime(2026, 5, 4, 12)


def deliver(workspace: Workspace, student: str, time: datetime | None, text: str) -> DeliveryResult:
    """A delivery of one file."""
    folder = workspace.root / f".incoming-{student}"
    shutil.rmtree(folder, ignore_errors=True)  # unchanged files are still there
    folder.mkdir()
    (folder / "layers.py").write_text(text)
    return take_delivery(workspace, "first", Delivery(student, time, folder, ["a.exe: refused"] if text == "old" else [], "download"))


def what_counts(workspace: Workspace, student: str) -> str:
    """Return the text of the hand-in that counts."""
    return (workspace.submitted(student, "first") / "layers.py").read_text()


def say(workspace: Workspace, counts: str) -> list[str]:
    """Set in deadlines.csv which attempt counts, and apply it."""
    (workspace.root / FILE).write_text(f"assignment,due,counts\nfirst,2026-05-04 12:00,{counts}\n")
    return settle_all(workspace, deadlines_of(workspace), "first")


@pytest.fixture
def three(empty: Workspace) -> Workspace:
    """A student with an attempt before the deadline, one at it, and one after it."""
    for hours, text in ((-5, "old"), (0, "in time"), (9, "late")):
        deliver(empty, "ada", NOON + timedelta(hours=hours), text)
    return empty


@pytest.mark.parametrize(
    ("counts", "text"),
    [("newest", "late"), ("in time", "in time"), ("first", "old"), ("2026-05-04 07:00", "old"), ("2026-05-03 07:00", "late")],
)
def test_which_attempt_counts(three: Workspace, counts: str, text: str) -> None:
    """Does the newest attempt count, the newest in time, the first, or the one of that time; and the present one if there is none?"""
    say(three, counts)
    assert what_counts(three, "ada") == text
    assert sorted(p.read_text() for p in three.root.glob("**/layers.py")) == ["in time", "late", "old"]
    say(three, "")
    assert what_counts(three, "ada") == "late"
    assert len(attempts(three, "ada", "first")) == 3


def test_its_notes_come_back_with_an_attempt(three: Workspace) -> None:
    """Does feedback name files refused from the attempt that counts, and none from another attempt?"""
    assert collected_notes(three, "ada", "first")["refused"] == []
    say(three, "first")
    assert collected_notes(three, "ada", "first")["refused"] == ["a.exe: refused"]
    assert read_time(three.submitted("ada", "first")) == NOON - timedelta(hours=5)


def test_collecting_again_leaves_the_choice_alone(three: Workspace) -> None:
    """If an older attempt counts, does the same download change nothing, and is a newer attempt still collected?"""
    say(three, "in time")
    assert deliver(three, "ada", NOON + timedelta(hours=9), "late").outcome == "unchanged"
    assert what_counts(three, "ada") == "in time"
    assert deliver(three, "ada", NOON + timedelta(hours=11), "later").outcome == "updated"
    assert settle_all(three, deadlines_of(three), "first") == ["ada: the attempt of 2026-05-04 12:00 UTC counts"]
    assert len(attempts(three, "ada", "first")) == 4


def test_a_kill_between_two_steps_loses_nothing(three: Workspace) -> None:
    """If a run is stopped between moving one attempt out and the other in, does the next run finish correctly?"""
    say(three, "in time")
    three.set_aside(three.submitted("ada", "first"), "ada/first")
    assert not three.submitted("ada", "first").exists()
    settle_all(three, deadlines_of(three), "first")
    assert what_counts(three, "ada") == "in time"
    assert len(attempts(three, "ada", "first")) == 3


def test_an_attempt_of_no_known_time_stays(empty: Workspace) -> None:
    """If a system records no time, is none guessed?"""
    deliver(empty, "ada", None, "one")
    say(empty, "first")
    found = attempts(empty, "ada", "first")
    assert one_that_should_count(found, deadlines_of(empty).terms("ada", "first")) is found[0]
    assert one_that_should_count([Attempt(Path(), NOON, False, False)], deadlines_of(empty).terms("ada", "first")) is None


def test_a_group_hands_in_once(empty: Workspace) -> None:
    """Does the newest hand-in of a group count for every member, except one who hands in alone?"""
    from autograder.collect.group_work import share

    (empty.root / GROUPS).write_text("group;student;own\nTeam 1;ada ben;\nTeam 1;cyd;yes\n")
    deliver(empty, "ada", NOON, "ours")
    assert share(empty, read_groups(empty), "first") == ["ben: what ada handed in for the group Team 1"]
    assert share(empty, read_groups(empty), "first") == []
    assert empty.students("first") == ["ada", "ben"]
    assert read_time(empty.submitted("ben", "first")) == NOON
    deliver(empty, "ben", NOON + timedelta(hours=1), "ours, better")
    share(empty, read_groups(empty), "first")
    assert what_counts(empty, "ada") == "ours, better"
    assert len(attempts(empty, "ada", "first")) == 2


def test_the_last_collection_is_undone(three: Workspace) -> None:
    """After an undo, is everything as before, only once, and are the collected files kept elsewhere?"""
    before = {p.relative_to(three.root): p.read_bytes() for p in three.root.glob("*/**/*") if p.is_file() and ".undo" not in p.parts}
    remember(three, "first")
    deliver(three, "ada", NOON + timedelta(hours=20), "wrong download")
    deliver(three, "ben", NOON, "somebody else's")
    deliver(three, "ada", NOON - timedelta(hours=9), "an older one")
    finish(three)
    done = undo(three, "first")
    assert (done.removed, done.restored) == (["ben"], ["ada"])
    after = {p.relative_to(three.root): p.read_bytes() for p in three.root.glob("*/**/*") if p.is_file() and ".undo" not in p.parts}
    assert {p: c for p, c in after.items() if p.parts[0] != "undone"} == before
    assert sorted(p.read_text() for p in done.folder.rglob("layers.py")) == ["an older one", "somebody else's", "wrong download"]
    with pytest.raises(WorkspaceError, match="only once"):
        undo(three, "first")


@pytest.mark.parametrize("ended", [True, False])
def test_a_collection_that_brings_nothing_leaves_what_can_be_undone(three: Workspace, ended: bool) -> None:
    """After the same download again, or one that could not be opened, does undo revert the last collection that changed something?"""
    remember(three, "first")
    deliver(three, "ada", NOON + timedelta(hours=20), "wrong download")
    finish(three)
    for _ in range(2):
        remember(three, "first")
        deliver(three, "ada", NOON + timedelta(hours=20), "wrong download")
        if ended:
            finish(three)
    assert undo(three, "first").restored == ["ada"]
    assert what_counts(three, "ada") == "late"
    with pytest.raises(WorkspaceError, match="only once"):
        undo(three, "first")


def test_a_collection_that_only_brings_a_roster_is_one(three: Workspace) -> None:
    """Can a new roster, or a file that belongs to nobody, be undone without touching earlier collections?"""
    remember(three, "first")
    deliver(three, "ada", NOON + timedelta(hours=20), "better")
    finish(three)
    remember(three, "first")
    (three.root / "roster.csv").write_text("id\neve\n")
    finish(three)
    done = undo(three, "first")
    assert (done.removed, done.restored) == ([], [])
    assert what_counts(three, "ada") == "better"
