"""Does `doctor` say whether others can read a class, and change that on request?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.commands import doctor
from autograder.manifest import Course
from autograder.outgoing.export import export
from autograder.runs.grade import grade
from autograder.workspace.opening import open_workspace
from autograder.workspace.privacy import close_to_others, who_can_enter
from autograder.workspace.workspace import Workspace
from tests.autograder.fake_engine import fake, marks


def mode(path: Path) -> int:
    """Return the permissions of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def test_workspace_is_made_private(small: Course, tmp_path: Path) -> None:
    """Can only its user enter a new workspace?"""
    assert who_can_enter(open_workspace(tmp_path / "class", small).root) == ""


@pytest.mark.parametrize(
    ("open_to", "who", "after"),
    [(0o755, "every account", 0o700), (0o701, "every account", 0o700), (0o750, "the group", 0o700), (0o2770, "", 0o2770)],
)
def test_open_folder_is_seen_and_closed(open_to: int, who: str, after: int, tmp_path: Path) -> None:
    """Does it say who can enter, and does a folder shared intentionally with a group stay shared?"""
    tmp_path.chmod(open_to)
    assert who_can_enter(tmp_path).startswith(who)
    close_to_others(tmp_path)
    assert mode(tmp_path) == after
    assert who_can_enter(tmp_path) == ""


def test_doctor_reports_and_repairs(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does `doctor` end with 1 while others can read a class, and with 0 after it has closed the folder?"""
    monkeypatch.setattr(doctor, "examine", list)
    workspace.root.chmod(0o755)
    here = ["doctor", "--workspace", str(workspace.root)]
    result = CliRunner().invoke(main, here)
    assert result.exit_code == 1
    assert "every account" in " ".join(result.output.split())
    assert mode(workspace.root) == 0o755
    assert CliRunner().invoke(main, [*here, "--repair"]).exit_code == 0
    assert mode(workspace.root) == 0o700


def test_what_a_command_writes_is_private(workspace: Workspace, small: Course) -> None:
    """Under the usual umask, can no other account read a file that a command has written, even in an open folder?"""
    marks(workspace, "ada", 2, 3, 2)
    grade(workspace, small, "first", grader=fake)
    before = os.umask(0o022)
    try:
        workspace.root.chmod(0o755)
        known = set(workspace.root.rglob("*"))
        for verb in ("report", "export"):
            result = CliRunner().invoke(main, [verb, *(["first"] if verb == "report" else []), "--workspace", str(workspace.root)])
            assert result.exit_code == 0, result.output
    finally:
        os.umask(before)
    new = [path for path in workspace.root.rglob("*") if path not in known]
    assert new
    assert [path for path in new if mode(path) & 0o077] == []
    assert mode(export(workspace, small)) == 0o600


@pytest.mark.slow
def test_students_can_read_what_is_released(small: Course, tmp_path: Path) -> None:
    """Can other accounts enter an exchange in another folder and read the release?"""
    exchange = tmp_path / "srv" / "exchange"
    here = ["release", "first", "--course", str(small.path), "--workspace", str(tmp_path / "a class"), "--exchange", str(exchange)]
    result = CliRunner().invoke(main, here)
    assert result.exit_code == 0, result.output
    assert mode(exchange.parent) == 0o755
    released = list((exchange / small.name / "outbound").rglob("*"))
    assert released
    assert [p for p in released if not mode(p) & 0o004] == []
    assert who_can_enter(tmp_path / "a class") == ""
