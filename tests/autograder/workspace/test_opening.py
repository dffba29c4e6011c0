"""Does opening a workspace remember options, repair what it can and refuse what it cannot use?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.manifest import Course
from autograder.workspace.opening import existing_workspace, open_workspace
from autograder.workspace.workspace import Workspace, WorkspaceError


def test_exchange_and_course_are_remembered(small: Course, tmp_path: Path) -> None:
    """Are options given once known the next time, to commands and to code that nbgrader calls?"""
    first = open_workspace(tmp_path / "class", small, tmp_path / "exchange")
    assert open_workspace(tmp_path / "class") == first
    assert existing_workspace(tmp_path / "class") == first
    assert json.loads((tmp_path / "class" / "workspace.json").read_text()) == {
        "manifest": str(small.path),
        "exchange": str(tmp_path / "exchange"),
    }


def test_workspace_may_be_moved(empty: Workspace, tmp_path: Path) -> None:
    """Does an exchange inside the folder move with it?"""
    empty.root.rename(tmp_path / "elsewhere")
    moved = open_workspace(tmp_path / "elsewhere")
    assert moved.exchange == tmp_path / "elsewhere" / "exchange"
    assert moved.manifest == empty.manifest


def test_settings_that_cannot_be_read(empty: Workspace) -> None:
    """Does the message name a damaged settings file and say what to do?"""
    (empty.root / "workspace.json").write_text("{")
    for opens in (open_workspace, existing_workspace):
        with pytest.raises(WorkspaceError, match=r"workspace.json: not JSON.*delete it"):
            opens(empty.root)


def test_folder_that_cannot_be_made(small: Course, tmp_path: Path) -> None:
    """Is a path at which no workspace can be made refused in one sentence?"""
    with pytest.raises(WorkspaceError, match="Name another folder with --workspace"):
        open_workspace(tmp_path / "no" / "such" / "parent", small)


def test_reading_writes_nothing(small: Course, tmp_path: Path) -> None:
    """Does code that nbgrader calls leave the folder unchanged?"""
    root = tmp_path / "class"
    open_workspace(root, small)
    (root / "nbgrader_config.py").unlink()
    existing_workspace(root)
    assert not (root / "nbgrader_config.py").exists()


@pytest.mark.parametrize("name", ["w?b", "100%", "class#1", "class[1]", "a*b", "back\\slash", "two\nlines"])
def test_names_that_nbgrader_would_take_for_others(name: str, small: Course, tmp_path: Path) -> None:
    """Is such a folder refused in one sentence, as workspace and as exchange, before anything is written anywhere?"""
    with pytest.raises(WorkspaceError, match="Give the folder another name") as caught:
        open_workspace(tmp_path / name, small)
    assert str(caught.value).isprintable()
    with pytest.raises(WorkspaceError, match="Give the folder another name"):
        open_workspace(tmp_path / "class", small, tmp_path / name / "exchange")
    assert list(tmp_path.iterdir()) == []


def test_folder_behind_a_link_with_another_name(small: Course, tmp_path: Path) -> None:
    """Is the folder's real name examined?"""
    (tmp_path / "w?b").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "w?b")
    with pytest.raises(WorkspaceError, match="another name"):
        open_workspace(tmp_path / "link", small)
    assert list((tmp_path / "w?b").iterdir()) == []
