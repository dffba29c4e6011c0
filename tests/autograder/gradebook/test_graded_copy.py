"""Does the graded copy have the files that nbgrader would copy, and is it complete even after an interruption?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.utils import find_all_files

from autograder.gradebook import graded_copy, nodes
from autograder.manifest import Course
from autograder.runs.grade import grade
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

NAMES = (
    *("a.txt", "A.HTML", "page.xhtm", "b.svg", ".hidden", ".git/config", "deep/.dot/x.txt", "deep/er/c.py", "deep/er/c.pyc"),
    *("feedback/x.txt", "feedback.txt", "__pycache__/y.py", ".ipynb_checkpoints/z.ipynb", "Alpha.ipynb", "deep/Beta.ipynb"),
    *("x.js", "x.json", "y.mjs", "lib.so", "lib.so.1", "name with spaces.txt", "[odd].txt", "ümlaut.txt", "models/best.npz"),
)


@pytest.mark.parametrize("more", [(), ("*.txt", "models"), (".*",), ("[[]odd].txt", "c.p?")])
def test_what_nbgrader_ignores_is_left_out(workspace: Workspace, tmp_path: Path, more: tuple[str, ...]) -> None:
    """Are exactly those files found that nbgrader would copy, for the patterns of the configuration and for an instructor's own?"""
    for name in NAMES:
        (tmp_path / "handed in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "handed in" / name).write_text("x")
    patterns = [*nbgrader_api.converter(workspace).coursedir.ignore, *more, "*.ipynb"]
    theirs = {os.path.relpath(path, tmp_path / "handed in") for path in find_all_files(str(tmp_path / "handed in"), patterns)}
    ours = dict(graded_copy._walk(tmp_path / "handed in", graded_copy._pattern(tuple(patterns))))
    assert set(ours) == theirs
    assert 0 < len(theirs) < len(NAMES)


def test_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """Is it the old folder after a failure and the new one after a success, with no other folder left next to it?"""
    target = tmp_path / "ada" / "first"
    with graded_copy.replacing(target) as new:
        graded_copy.write_file(new / "a.txt", "old", 444)

    def full() -> Iterator[bytes]:
        yield b"half"
        raise OSError("full")

    with pytest.raises(OSError, match="full"), graded_copy.replacing(target) as new:
        graded_copy.write_file(new / "a.txt", full(), 444)
    assert (target / "a.txt").read_text() == "old"
    with graded_copy.replacing(target) as new:
        graded_copy.write_file(new / "b.txt", iter([b"n", b"ew"]), 640)
    assert {p.name: (p.read_text(), p.stat().st_mode & 0o777) for p in target.iterdir()} == {"b.txt": ("new", 0o640)}
    assert os.listdir(tmp_path / "ada") == ["first"]


def test_work_in_another_layout_is_shown_in_its_place(workspace: Workspace, small: Course) -> None:
    """If a student hands in a whole clone with a notebook renamed by a browser, are code and answers where graders look?"""
    folder = hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS}, answers={"alpha-why": "Because of the clone."})
    for name, place in (("coursenn", "course/src/coursenn"), ("Alpha.ipynb", "course/notebooks/Alpha (1).ipynb")):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).rename(folder / place)
    report = grade(workspace, small, "first", unsafe=True, jobs=1)
    assert not report.failures, report.failures
    copy = workspace.autograded("ada", "first")
    assert (copy / "coursenn" / "layers.py").read_text(encoding="utf-8") == RIGHT_LAYERS
    assert "Because of the clone." in graded_copy.answers(copy).values()
    banner = "".join(nodes.read(copy / "Alpha.ipynb").cells[0].source).replace("\\", "")
    assert "Alpha (1).ipynb was read as Alpha.ipynb" in banner
