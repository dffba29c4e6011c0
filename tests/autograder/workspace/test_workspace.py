"""Does a workspace allow one command at a time, with a backup before each one that writes?"""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from autograder.manifest import Course
from autograder.workspace.workspace import BACKUPS_KEPT, Workspace, WorkspaceError
from tests.autograder.fake_engine import marks


def test_gradebook_is_backed_up_before_it_is_written(workspace: Workspace, small: Course) -> None:
    """Is there a readable backup from before each command that writes, and never more than a few?"""
    for _ in range(BACKUPS_KEPT + 3):
        with workspace.writing("grade"):
            pass
    backups = sorted((workspace.root / "backups").glob("*.db"))
    assert len(backups) == BACKUPS_KEPT
    with contextlib.closing(sqlite3.connect(backups[-1])) as database:
        assert database.execute("select name from assignment").fetchall() == [("first",)]


def test_a_locked_gradebook_gives_a_clear_message(workspace: Workspace, small: Course) -> None:
    """If another program locks the gradebook, does the instructor read what to do, with nothing lost?"""
    marks(workspace, "ada", 2, 3, 2)
    with contextlib.closing(sqlite3.connect(workspace.gradebook, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(WorkspaceError, match="Close the formgrader"):
            workspace.require_gradebook(wait_s=0.1)
        other.execute("ROLLBACK")
    workspace.require_gradebook(wait_s=0.1)


def test_two_commands_at_once_are_refused(workspace: Workspace, small: Course) -> None:
    """Is a second grading run refused while the first is running?"""
    with workspace.writing("grade"), pytest.raises(WorkspaceError, match="is at work"), workspace.writing("grade"):
        pass
    with workspace.writing("grade"):
        pass


def test_ruined_gradebook_is_named(workspace: Workspace) -> None:
    """Is a file that is not a database distinguished from a locked one?"""
    workspace.gradebook.write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkspaceError, match="backups"):
        workspace.require_gradebook()


def test_nbgraders_command_is_named_by_its_own_name(workspace: Workspace) -> None:
    """Does a command that finds nbgrader running say so, and is the gradebook not copied at each press of a button?"""
    before = sorted((workspace.root / "backups").glob("*.db"))
    taken = pytest.raises(WorkspaceError, match=r"^nbgrader autograde \(process \d+\) is at work")
    with workspace.only_one("nbgrader autograde"), taken, workspace.writing("grade"):
        pass
    assert sorted((workspace.root / "backups").glob("*.db")) == before
