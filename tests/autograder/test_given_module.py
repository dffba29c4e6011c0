"""Does grading use our given modules in any folder?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.given_module import IN_GRADING, given_files, given_module
from autograder.paths import REPOSITORY
from autograder.results import digests


def test_no_package_of_a_student_is_imported(tmp_path: Path) -> None:
    """Is a submission's `coursenn` not imported if grading is started from its folder?"""
    package = tmp_path / "coursenn"
    package.mkdir()
    for name in ("__init__.py", *(f"{name}.py" for name in IN_GRADING)):
        (package / name).write_text("raise SystemExit('student code runs here')\n")
    code = "import sys, autograder.engine.judge; assert not [m for m in sys.modules if m.split('.')[0] == 'coursenn']"
    path = ":".join([str(REPOSITORY), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": f"{tmp_path}:{path}"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_each_is_loaded_once() -> None:
    """Do two users of a module share its classes?"""
    assert given_module("_relations") is given_module("_relations")
    assert given_module("_relations").Place is given_module("_places").Place


@pytest.mark.parametrize("name", ["_relations.py", "limits.py"])
def test_results_are_not_reused_after_a_change(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For any course, is a stored result not reused after a change of a module that words messages or reads hand-ins?"""
    before = digests.engine_digest.__wrapped__()
    files = {path.name: path for path in given_files()}
    (tmp_path / name).write_bytes(files[name].read_bytes() + b"# more\n")
    monkeypatch.setattr(digests, "given_files", lambda: [*{**files, name: tmp_path / name}.values()])
    assert digests.engine_digest.__wrapped__() != before
