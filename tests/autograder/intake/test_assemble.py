"""Is an assembled package complete and made from the right files?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.intake.assemble import AssembleError, assemble
from autograder.manifest import Course


def test_editable_files_are_the_students_and_given_files_ours(course: Course, tmp_path: Path) -> None:
    """Is a student's layers.py never overwritten by ours, and a given file never by theirs?"""
    source = tmp_path / "student" / "coursenn"
    source.mkdir(parents=True)
    (source / "layers.py").write_text("mine = 1\n")
    given = next(n for n in course.given if n.endswith(".py"))
    (source / given).write_text("mine = 2\n")
    package = assemble(tmp_path / "student", tmp_path / "out", course)
    assert (package / "layers.py").read_text() == "mine = 1\n"
    assert {n for n in course.given if not (package / n).is_file()} == set()
    assert (package / given).read_bytes() == course.given[given].read_bytes()


def test_missing_files_are_stubs(course: Course, tmp_path: Path) -> None:
    """Is a file that was not handed in replaced by its stub?"""
    (tmp_path / "student" / "coursenn").mkdir(parents=True)
    (tmp_path / "student" / "coursenn" / "layers.py").write_text("")
    package = assemble(tmp_path / "student", tmp_path / "out", course)
    for name in course.editable:
        if name != "layers.py" and course.stub(name).is_file():
            assert (package / name).read_bytes() == course.stub(name).read_bytes()


def test_nothing_is_overwritten(course: Course, tmp_path: Path) -> None:
    """Is a destination that is not empty refused?"""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    with pytest.raises(AssembleError, match="not empty"):
        assemble(course.root / "solutions", tmp_path / "out", course)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_command_makes_a_package_that_imports(course: Course, tmp_path: Path) -> None:
    """Does the command write a package that another interpreter can import?"""
    done = CliRunner().invoke(main, ["assemble", str(course.root / "solutions"), str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    code = "import coursenn.layers, coursenn.layer_utils; print(coursenn.__file__)"
    out = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "out", capture_output=True, text=True, check=True)
    assert str(tmp_path / "out") in out.stdout
    assert out.stderr == ""


def test_misuse_is_status_2(course: Course, tmp_path: Path) -> None:
    """Does a submission that cannot be read give status 2 and a reason?"""
    (tmp_path / "s.zip").write_bytes(b"no")
    done = CliRunner().invoke(main, ["assemble", str(tmp_path / "s.zip"), str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "not an archive" in done.output
