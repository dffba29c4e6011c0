"""Are arriving hand-ins graded and answered at once, as often as allowed, and with no more than allowed?"""

from __future__ import annotations

import itertools
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.utils import notebook_hash

from autograder.cli import main
from autograder.collect.owners import set_shared_account
from autograder.engine.early import Tell
from autograder.manifest import Course
from autograder.serving.ledger import Ledger
from autograder.serving.serve import Server, Terms
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.collect.test_exchange import exchange_submission
from tests.autograder.fake_engine import fake
from tests.autograder.small_course import released_files, zipped

MINUTES = itertools.count()
"""The times of hand-ins: an hour ago, each a minute after the previous one."""
ROSTER = "id,first_name,last_name\njane,Jane,Doe\nrich,Richard,Roe\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder in which hand-ins arrive."""
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def arrive(inbox: Path, workspace: Workspace, student: str, marks: str) -> None:
    """Write a student's zip file, later than all before it and long enough ago."""
    path = inbox / f"{student}.zip"
    path.write_bytes(zipped({**released_files(workspace), "coursenn/layers.py": f"# marks: {marks}\n"}))
    when = time.time() - 3600 + 60 * next(MINUTES)
    os.utime(path, (when, when))


def server(workspace: Workspace, course: Course, inbox: Path, tmp_path: Path, tell: Tell = Tell.POINTS, attempts: int = 0) -> Server:
    """A server over the folder, with the engine that reads marks from the files."""
    (workspace.root / "roster.csv").write_text(ROSTER)
    return Server(workspace, course, "first", Terms(tmp_path / "answers", tell, attempts, inbox), grader=fake)


def answer(tmp_path: Path, student: str) -> str:
    """Return the text of an answer."""
    return " ".join((tmp_path / "answers" / student / "first.html").read_text().split())


def test_a_folder_is_served(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does everybody whose work arrived get a page, once, until something new arrives?"""
    serving = server(workspace, small, inbox, tmp_path)
    arrive(inbox, workspace, "jane", "2 0 2")
    assert serving.round().answered == ["jane"]
    assert "4 of 7 points" in answer(tmp_path, "jane")
    assert "not your mark" in answer(tmp_path, "jane")
    assert serving.round().answered == []
    arrive(inbox, workspace, "rich", "2 3 2")
    arrive(inbox, workspace, "jane", "2 3 2")
    assert serving.round().answered == ["jane", "rich"]
    assert "7 of 7 points" in answer(tmp_path, "jane")


def test_attempts_are_limited_and_survive_a_restart(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does a student who has used up the attempts get no points, also from a restarted server?"""
    for number in range(2):
        arrive(inbox, workspace, "jane", f"2 {number} 2")
        assert server(workspace, small, inbox, tmp_path, attempts=2).round().answered == ["jane"]
    arrive(inbox, workspace, "jane", "2 3 2")
    done = server(workspace, small, inbox, tmp_path, attempts=2).round()
    assert (done.answered, done.used_up) == ([], ["jane"])
    page = answer(tmp_path, "jane")
    assert "was not graded early" in page
    assert "points" not in page
    assert server(workspace, small, inbox, tmp_path, attempts=2).round().used_up == []


@pytest.mark.parametrize(
    ("tell", "shows", "hides"),
    [(Tell.RECEIVED, [], ["points", "it works"]), (Tell.POINTS, ["0 of 3"], ["it works"]), (Tell.CHECKS, ["0 of 3", "it works"], [])],
)
def test_no_more_is_revealed_than_is_granted(
    workspace: Workspace, small: Course, inbox: Path, tmp_path: Path, tell: Tell, shows: list[str], hides: list[str]
) -> None:
    """Does each setting reveal what it names and no more, and never what a check measured?"""
    arrive(inbox, workspace, "jane", "2 0 2")
    server(workspace, small, inbox, tmp_path, tell).round()
    page = answer(tmp_path, "jane")
    assert all(text in page for text in shows)
    assert not any(text in page for text in hides)


def deadlines(workspace: Workspace, *lines: str) -> None:
    """Write the file: ``WHO,HOURS,EXCUSED`` from now."""
    rows = [line.split(",") for line in lines]
    due = {hours: f"{datetime.now(UTC) + timedelta(hours=float(hours)):%Y-%m-%d %H:%M} UTC" for _, hours, _ in rows if hours}
    text = "".join(f"first,{who},{due.get(hours, '')},{excused}\n" for who, hours, excused in rows)
    (workspace.root / "deadlines.csv").write_text(f"assignment,who,due,excused\n{text}")


def test_nothing_is_answered_after_the_deadline(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does serving end with the deadline of the class if no expected student has another?"""
    arrive(inbox, workspace, "jane", "2 0 2")
    serving = server(workspace, small, inbox, tmp_path)
    deadlines(workspace, ",-1,", "rich,5,yes")
    assert serving.round().closed
    assert not (tmp_path / "answers").exists()


def test_an_extension_is_served(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does a student with an extension keep getting answers, but nobody else, and does serving end after the extension?"""
    (workspace.root / "groups.csv").write_text("group,student\nTeam 1,jane\n")
    serving = server(workspace, small, inbox, tmp_path)
    deadlines(workspace, ",-1,", "group:Team 1,5,")
    arrive(inbox, workspace, "jane", "2 0 2")
    arrive(inbox, workspace, "rich", "2 0 2")
    done = serving.round()
    assert (done.answered, done.only, done.closed) == (["jane"], ["jane"], False)
    assert "Early answers end then" in answer(tmp_path, "jane")
    assert serving.round().answered == []
    deadlines(workspace, ",-1,", "rich,5,", "jane,-2,")
    assert serving.round().answered == ["rich"], "an extension that was given while serving"
    deadlines(workspace, ",-1,", "jane,-2,")
    assert serving.round().closed


def test_who_has_less_time_gets_no_answer_later(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does a student with an earlier deadline than the class get no early answers after it?"""
    serving = server(workspace, small, inbox, tmp_path)
    deadlines(workspace, ",5,", "rich,-1,")
    arrive(inbox, workspace, "jane", "2 0 2")
    arrive(inbox, workspace, "rich", "2 0 2")
    done = serving.round()
    assert (done.answered, done.only, done.closed) == (["jane"], [], False)


def test_a_deadline_that_cannot_be_read_is_waited_for(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does a mistake in deadlines.csv stop answers with a message, and can it be corrected while serving?"""
    serving = server(workspace, small, inbox, tmp_path)
    arrive(inbox, workspace, "jane", "2 0 2")
    (workspace.root / "deadlines.csv").write_text("assignment,who,due\nfirst,,soon\n")
    assert "line 2, due" in serving.round().waiting
    deadlines(workspace, ",5,")
    assert serving.round().answered == ["jane"]


def test_the_command_says_once_who_is_left(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does the command say who still gets answers, or that serving has ended?"""
    server(workspace, small, inbox, tmp_path)
    words = ["serve", "first", "--once", "--from", str(inbox), "--workspace", str(workspace.root)]
    deadlines(workspace, ",-1,", "jane,5,")
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, "still answering jane" in done.output) == (0, True), done.output
    deadlines(workspace, ",-1,")
    assert "every deadline has passed" in CliRunner().invoke(main, words).output


def test_a_file_that_is_still_being_written_is_left_for_later(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Is a file written a moment ago left for later, so that it is never collected half?"""
    arrive(inbox, workspace, "jane", "2 0 2")
    os.utime(inbox / "jane.zip", (time.time() + 60, time.time() + 60))
    assert server(workspace, small, inbox, tmp_path).round().answered == []


def test_another_command_is_waited_for(workspace: Workspace, small: Course, inbox: Path, tmp_path: Path) -> None:
    """Does a round do nothing while another command has locked the workspace, and does the next one answer?"""
    arrive(inbox, workspace, "jane", "2 0 2")
    serving = server(workspace, small, inbox, tmp_path)
    with workspace.only_one("autograder grade"):
        assert "is at work" in serving.round().waiting
    assert serving.round().answered == ["jane"]


def test_the_exchange_is_served(workspace: Workspace, small: Course, tmp_path: Path) -> None:
    """Is what `nbgrader submit` leaves in the exchange graded, and the answer where `nbgrader fetch_feedback` looks for it?"""
    set_shared_account(workspace, True)
    exchange_submission(workspace, "jane", "2026-05-04 10:00:00", {**released_files(workspace), "coursenn/layers.py": "# marks: 2 3 0\n"})
    serving = Server(workspace, small, "first", Terms(tmp_path / "answers"), grader=fake)
    assert serving.round().answered == ["jane"]
    assert "5 of 7 points" in answer(tmp_path, "jane")
    released = workspace.exchange / "small" / "feedback" / f"{notebook_hash(secret='word', notebook_id='Alpha')}.html"
    assert "5 of 7 points" in released.read_text()
    assert released.stat().st_mode & 0o044 == 0o044, "another account fetches it"
    assert not list(workspace.root.glob("feedback/*")), "the folder of the real feedback is left alone"


def test_a_damaged_ledger_is_not_a_new_one(workspace: Workspace) -> None:
    """Does a damaged list of attempts stop serving instead of giving everybody new attempts?"""
    Ledger(workspace, "first").add("jane", "digest", graded=True)
    assert Ledger(workspace, "first").attempts("jane") == 1
    (workspace.root / "served" / "first.json").write_text('{"jane": [')
    with pytest.raises(WorkspaceError, match="damaged"):
        Ledger(workspace, "first")
