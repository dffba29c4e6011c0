"""Does a term stay with the version that graded it, and does the refusal of another version say what to type?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.paths import REPOSITORY
from autograder.results import digests
from autograder.term import journal
from autograder.term.pin import differences, pin, pin_or_refuse
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Obstacle, Workspace


def refusal(workspace: Workspace, course: Course, monkeypatch: pytest.MonkeyPatch, *, before: str, now: str) -> str:
    """Return the message of another version, given the commits of the pinned checkout and of this one."""
    monkeypatch.setattr(journal, "checkout", lambda: before)
    pin_or_refuse(workspace, course)
    pin_or_refuse(workspace, course)
    assert differences(workspace, course) == []
    monkeypatch.setattr(journal, "checkout", lambda: now)
    monkeypatch.setattr(digests, "checks_digest", lambda: "the next version")
    with pytest.raises(Obstacle) as refused:
        pin_or_refuse(workspace, course)
    pin(workspace, course)
    pin_or_refuse(workspace, course)
    return str(refused.value)


def test_another_commit_says_how_to_continue(empty: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does it give commands for the old version, with commit, workspace and course, and for the new one?"""
    said = refusal(empty, small, monkeypatch, before="0123abcd", now="89efcdab")
    assert "hidden checks changed" in said
    assert "`autograder upgrade --dry-run`" in said
    assert f"git worktree add ../{REPOSITORY.name}-0123abcd 0123abcd" in said
    assert f"--workspace {empty.root} --course course/course.toml" in said


def test_changed_files_of_the_same_commit_are_not_another_commit(empty: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """If only uncommitted files differ, does the message not advise a checkout of the same commit?"""
    said = refusal(empty, small, monkeypatch, before="0123abcd", now="0123abcd")
    assert "worktree" not in said
    assert "git status" in said


def test_without_git_there_is_no_command(empty: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does a copy without git get no command that cannot work?"""
    said = refusal(empty, small, monkeypatch, before="", now="")
    assert "git" not in said
    assert "a copy of it" in said


def test_the_abbreviated_commit_is_one_that_git_knows() -> None:
    """Can the recorded commit be checked out again?"""
    commit = journal.checkout()
    if not commit:
        pytest.skip("this tree is not a checkout of git")
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True)
    assert re.fullmatch(r"[0-9a-f]{8}", commit)
    assert done.stdout.startswith(commit)


def test_the_course_of_another_checkout_is_remembered(tmp_path: Path, small: Course) -> None:
    """Does a workspace opened once with --course stay with that course?"""

    root = tmp_path / "class"
    assert open_workspace(root).manifest != small.path
    open_workspace(root, small)
    assert open_workspace(root).manifest == small.path
