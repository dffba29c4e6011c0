"""What do our command and nbgrader's own collect from nbgrader's exchange?"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.collect import owners
from autograder.collect.deliveries import collected_notes, read_time
from autograder.collect.exchange import collect_exchange
from autograder.collect.owners import set_shared_account
from autograder.collect.roster import set_roster
from autograder.manifest import Course
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, Files, released_files, write_files

WORK: Files = {"coursenn/layers.py": RIGHT_LAYERS}


def exchange_submission(workspace: Workspace, student: str, time: str, files: Files, folder: str | None = None) -> Path:
    """Write the files that `nbgrader submit` leaves in the exchange."""
    place = workspace.exchange / "small" / "inbound" / (folder or f"{student}+first+{time} UTC+abc")
    write_files(place, {**files, "timestamp.txt": f"{time} UTC", "submission_secret.txt": "word"})
    return place


@pytest.fixture
def shared(workspace: Workspace) -> Workspace:
    """A workspace whose students share one account, as in every test."""
    set_shared_account(workspace, True)
    return workspace


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], None]:
    """Give a folder and its content to an account; other folders belong to the student whom they name."""
    given: dict[Path, str] = {}

    def owner_of(path: Path) -> str:
        above = next((p for p in (path, *path.parents) if p in given), None)
        named = next(p.name for p in (path, *path.parents) if "+first+" in p.name)
        return given[above] if above else named.rsplit("+first+")[0]

    monkeypatch.setattr(owners, "owner_of", owner_of)
    monkeypatch.setattr("autograder.collect.exchange.owner_of", owner_of)
    return given.__setitem__


def test_exchange_is_collected_without_following_links(shared: Workspace, small: Course) -> None:
    """Does a link in the exchange copy a file of the instructor's into a submission, or a bad name stop the others?"""
    place = exchange_submission(shared, "ada", "2026-05-04 10:00:00.000000", {**released_files(shared), "coursenn/layers.py": RIGHT_LAYERS})
    exchange_submission(shared, "ada", "2026-05-03 10:00:00.000000", {"coursenn/layers.py": "# older\n"})
    exchange_submission(shared, "zoe", "", {}, folder="zoe+first+never+abc")
    exchange_submission(shared, "", "", {}, folder="a[b]+first+2026-05-04 10:00:00 UTC+abc")
    os.symlink(shared.root / "seed", place / "stolen.txt")
    os.symlink(shared.root, place / "everything")
    os.mkfifo(place / "pipe")
    (place / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC")
    done = collect_exchange(shared, small, "first")
    assert [(a.student, a.outcome) for a in done.deliveries] == [("ada", "new")]
    assert {u.name.partition("+")[0] for u in done.unread} == {"zoe", "a[b]"}
    assert done.findings
    folder = shared.submitted("ada", "first")
    assert (folder / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
    assert not (folder / "stolen.txt").exists()
    assert not (folder / "everything").exists()
    assert (folder / "submission_secret.txt").read_text() == "word"
    assert read_time(folder) == datetime(2026, 5, 4, 10)
    assert len(collected_notes(shared, "ada", "first")["refused"]) == 3
    again = collect_exchange(shared, small, "first")
    assert [(a.student, a.outcome) for a in again.deliveries] == [("ada", "unchanged")]


def test_nbgraders_own_collect_is_ours(shared: Workspace) -> None:
    """Does the formgrader's button collect with the same care?"""
    place = exchange_submission(shared, "ada", "2026-05-04 10:00:00.000000", released_files(shared))
    os.symlink(shared.root / "seed", place / "stolen.txt")
    assert nbgrader_api.run(shared, "collect", lambda: nbgrader_api.api(shared).collect("first"))["success"]
    assert (shared.submitted("ada", "first") / "Alpha.ipynb").is_file()
    assert not (shared.submitted("ada", "first") / "stolen.txt").exists()


def test_nbgraders_own_collect_waits_for_ours(shared: Workspace) -> None:
    """While one of our commands is running: does the formgrader's button leave the workspace alone and say so?"""
    exchange_submission(shared, "ada", "2026-05-04 10:00:00", WORK)
    with shared.only_one("autograder collect"):
        reply = nbgrader_api.run(shared, "collect", lambda: nbgrader_api.api(shared).collect("first"))
    assert not reply["success"]
    assert "is at work in" in reply["error"]
    assert not shared.submitted("ada", "first").exists()


def test_nobody_hands_in_for_somebody_else(workspace: Workspace, small: Course, accounts: Callable[[Path, str], None]) -> None:
    """Is a submission refused if it, or a file in it, belongs to another account than its student's?"""
    exchange_submission(workspace, "ada", "2026-05-04 10:00:00", WORK)
    accounts(exchange_submission(workspace, "ada", "2026-05-05 10:00:00", {"coursenn/layers.py": "# forged\n"}), "mallory")
    accounts(exchange_submission(workspace, "ben", "2026-05-05 10:00:00", WORK) / "coursenn" / "layers.py", "mallory")
    done = collect_exchange(workspace, small, "first")
    assert [d.student for d in done.deliveries] == ["ada"]
    assert (workspace.submitted("ada", "first") / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
    assert sorted(u.reason for u in done.unread) == [
        "it is handed in as the work of ada, but it belongs to mallory",
        "it is handed in as the work of ben, but a file in it belongs to mallory",
    ]
    assert done.findings


def test_owners_as_the_system_has_them(workspace: Workspace, small: Course) -> None:
    """With real folders and no substitutes: does the owner of the folder decide?"""
    place = exchange_submission(workspace, "ada", "2026-05-04 10:00:00", WORK)
    me = owners.owner_of(place)
    exchange_submission(workspace, me, "2026-05-04 10:00:00", WORK)
    done = collect_exchange(workspace, small, "first")
    assert [d.student for d in done.deliveries] == [me]
    assert done.unread[0].reason == f"it is handed in as the work of ada, but it belongs to {me}"


def test_one_account_for_all_is_a_setting(workspace: Workspace, small: Course, accounts: Callable[[Path, str], None]) -> None:
    """Is a hub with one account suspected, can the instructor confirm it once, is the consequence explained once, and is it remembered?"""
    for student in ("ada", "ben"):
        accounts(exchange_submission(workspace, student, "2026-05-04 10:00:00", WORK), "jovyan")
    done = collect_exchange(workspace, small, "first")
    assert done.deliveries == []
    assert "jovyan owns the submissions of 2 students" in done.remarks[0]
    assert "anybody who reaches the exchange can hand in under any name" in set_shared_account(workspace, True)
    assert set_shared_account(workspace, True) == ""
    later = open_workspace(workspace.root)
    assert [d.student for d in collect_exchange(later, small, "first").deliveries] == ["ada", "ben"]
    assert "checked" in set_shared_account(later, False)
    assert len(collect_exchange(later, small, "first").unread) == 2


def test_a_time_to_come_blocks_nothing(shared: Workspace, small: Course) -> None:
    """Is a time in the future refused, and a real hand-in accepted after it, even if an earlier version had accepted the forged one?"""
    future = datetime.now(UTC) + timedelta(days=400)
    exchange_submission(shared, "ada", f"{future:%Y-%m-%d %H:%M:%S}", {"coursenn/layers.py": "# forged\n"})
    done = collect_exchange(shared, small, "first")
    assert done.deliveries == []
    assert "which is in the future" in done.unread[0].reason
    write_files(shared.submitted("ada", "first"), {"coursenn/layers.py": "# forged\n", "timestamp.txt": f"{future:%Y-%m-%d %H:%M:%S} UTC"})
    exchange_submission(shared, "ada", "2026-05-04 10:00:00", WORK)
    assert [d.outcome for d in collect_exchange(shared, small, "first").deliveries] == ["updated"]
    assert (shared.submitted("ada", "first") / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS


def test_a_clock_that_is_a_little_fast_is_no_forgery(shared: Workspace, small: Course) -> None:
    """May the clocks of two machines differ by some minutes?"""
    soon = datetime.now(UTC) + timedelta(minutes=3)
    exchange_submission(shared, "ada", f"{soon:%Y-%m-%d %H:%M:%S}", WORK)
    assert [d.outcome for d in collect_exchange(shared, small, "first").deliveries] == ["new"]


def test_who_is_not_on_the_roster_is_said(shared: Workspace, small: Course, tmp_path: Path) -> None:
    """Is the work of somebody who is not on the roster collected, with a message?"""
    (tmp_path / "class.csv").write_text("id\nada\n")
    set_roster(shared, tmp_path / "class.csv")
    exchange_submission(shared, "ada", "2026-05-04 10:00:00", WORK)
    exchange_submission(shared, "zoe", "2026-05-04 10:00:00", WORK)
    done = collect_exchange(shared, small, "first")
    assert [d.student for d in done.deliveries] == ["ada", "zoe"]
    assert done.remarks == ["zoe is not on the roster"]


def test_an_attempt_without_work_hides_no_earlier_one(shared: Workspace, small: Course) -> None:
    """If the newest attempt has no file of the assignment: does the previous one count, and is the newest listed?"""
    exchange_submission(shared, "ada", "2026-05-03 10:00:00", WORK)
    exchange_submission(shared, "ada", "2026-05-04 10:00:00", {"notes.txt": "sorry"})
    done = collect_exchange(shared, small, "first")
    assert [d.outcome for d in done.deliveries] == ["new", "without work"]
    assert done.open == ["ada: notes.txt; the hand-in of 2026-05-03 10:00 UTC counts"]
    assert (shared.submitted("ada", "first") / "coursenn" / "layers.py").read_text() == RIGHT_LAYERS
