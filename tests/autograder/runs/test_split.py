"""Changes of the manifest only: notebooks split over assignments, and a notebook in an extra folder."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.given_module import READING, STUDENT_PACKAGE
from autograder.manifest import Course, load_course
from autograder.outgoing.export import export
from autograder.outgoing.feedback import feedback
from autograder.outgoing.leaks import leaks
from autograder.outgoing.release import release
from autograder.paths import REPOSITORY
from autograder.runs.grade import grade
from autograder.workspace.opening import open_workspace
from tests.autograder.small_course import RIGHT_LAYERS, generate, hand_in, write_files, write_small_course

ONE = '[[assignment]]\nname = "first"\ntitle = "First"\nnotebooks = ["Alpha", "Beta"]\n'
TWO = '[[assignment]]\nname = "one"\nnotebooks = ["Alpha"]\n\n[[assignment]]\nname = "two"\nnotebooks = ["Beta"]\n'
RIGHT_OPTIM = """
import numpy as np


def sgd_momentum(w, dw, config=None):
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    config["velocity"] = config["momentum"] * v - config["learning_rate"] * dw
    return w + config["velocity"], config
"""
# The files of `python -m coursenn.merge`.
MERGE = ("merge.py", "_definitions.py", "_definition_moves.py", "_differences.py", "_work_folder.py")


@pytest.fixture
def own(tmp_path: Path) -> Course:
    """A small course that a test may change."""
    return write_small_course(tmp_path / "own")


def rewritten(course: Course, old: str, new: str) -> Course:
    """The course with its manifest edited, and `make generate` run."""
    text = course.path.read_text()
    assert old in text
    course.path.write_text(text.replace(old, new))
    return generate(load_course(course.path))


def carry(old: Path, folder: Path) -> None:
    """Run what a student runs in the folder of the next assignment."""
    command = [sys.executable, "-m", "coursenn.merge", "carry", str(old), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_notebooks_split_over_two_assignments(own: Course, tmp_path: Path) -> None:
    """Does each release hold the whole package, each assignment grade its own tasks, and does finished work carry over?"""
    for name in MERGE:
        shutil.copyfile(REPOSITORY / "course" / "src" / "coursenn" / name, own.root / "src" / "coursenn" / name)
    shutil.copytree(STUDENT_PACKAGE / READING, own.root / "src" / "coursenn" / READING)
    course = rewritten(own, ONE, TWO)
    workspace = open_workspace(tmp_path / "class", course)
    for name, notebook in (("one", "Alpha.ipynb"), ("two", "Beta.ipynb")):
        release(workspace, course, name)
        released = {p.relative_to(workspace.released(name)).as_posix() for p in workspace.released(name).rglob("*") if p.is_file()}
        assert released >= {notebook, "coursenn/layers.py", "coursenn/optim.py", "coursenn/merge.py"}
        assert len([n for n in released if n.endswith(".ipynb")]) == 1

    first = hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS}, assignment="one")
    assert [t["id"] for t in (grade(workspace, course, "one", unsafe=True).rows[0].document or {})["tasks"]] == [
        "relu-forward",
        "relu-backward",
    ]

    second = hand_in(workspace, "ada", {}, assignment="two")
    carry(first, second)
    assert "dout * (cache > 0)" in (second / "coursenn" / "layers.py").read_text()
    write_files(second, {"coursenn/optim.py": RIGHT_OPTIM})
    document = grade(workspace, course, "two", unsafe=True).rows[0].document
    assert document is not None
    assert [(t["id"], t["score"]) for t in document["tasks"]] == [("sgd-momentum", 2.0)]

    for name in ("one", "two"):
        assert feedback(workspace, course, name).written == ["ada"]
    pages = list(workspace.feedback("ada", "one").rglob("*"))
    assert {p.suffix for p in pages if p.is_file()} == {".html"}  # no second copy of the student's files
    runner = CliRunner()
    again = runner.invoke(main, ["release", "--workspace", str(workspace.root)])  # no name: all of them
    assert again.exit_code == 0, again.output
    assert {"one is released again", "two is released again"} <= {line.partition(":")[0] for line in again.output.splitlines()}
    assert runner.invoke(main, ["export", "--workspace", str(workspace.root)]).exit_code == 0
    assert runner.invoke(main, ["report", "--workspace", str(workspace.root)]).exit_code == 2  # which of the two?
    rows = {r["assignment"]: r for r in csv.DictReader((workspace.root / "grades.csv").open())}
    assert (rows["one"]["total"], rows["one"]["max"], rows["one"]["sgd-momentum"]) == ("5.0", "9.0", "")
    assert (rows["two"]["total"], rows["two"]["max"], rows["two"]["relu-forward"]) == ("2.0", "4.0", "")


EXTRA = {
    "course.toml": """
        [files]
        editable = ["gamma.py"]

        [[notebook]]
        name = "Gamma"
        title = "Gamma"

        [[task]]
        id = "double"
        functions = ["gamma.double"]
        notebook = "Gamma"
        points = 4
        checks = "gamma"
        book = "extra#double"
        """,
    "solutions/coursenn/gamma.py": '''
        """Gamma."""


        def double(x):
            """Twice the input."""
            ### BEGIN SOLUTION
            twice_the_input_as_documented = x + x
            return twice_the_input_as_documented
            ### END SOLUTION
        ''',
    "solutions/notebooks/Gamma.py": """
        # %% setup=true

        # %% check="double"
        from coursenn.gamma import double
        assert double(2) == 4

        # %% submit=true
        """,
    "checks/gamma.py": '''
        """Hidden checks of the extra folder."""

        from autograder.checking import Session, check


        @check("double", asks="Twice the input.")
        def doubles_any_input(s: Session) -> None:
            s.compare("the result", s.call("gamma.double", s.draw.normal((3, 4))))
        ''',
}


def test_fifth_notebook_in_a_folder_of_its_own(own: Course, tmp_path: Path) -> None:
    """Does an extra folder with notebook, editable file and checks of its own go from release to export?"""
    extra = own.root.parent / "extra"
    write_files(extra, {name: text.lstrip("\n") for name, text in EXTRA.items()})
    (extra / "src" / "coursenn").mkdir(parents=True)
    own.path.write_text(
        own.path.read_text().replace("extras = []", 'extras = ["../extra"]').replace('["Alpha", "Beta"]', '["Alpha", "Beta", "Gamma"]')
    )
    course = generate(load_course(own.path))
    workspace = open_workspace(tmp_path / "class", course)
    release(workspace, course, "first")
    assert (workspace.released("first") / "Gamma.ipynb").is_file()
    assert "NotImplementedError" in (workspace.released("first") / "coursenn" / "gamma.py").read_text()
    assert leaks(course, workspace.released("first"), workspace.seed()) == []

    hand_in(workspace, "ada", {"coursenn/gamma.py": "def double(x):\n    return 2 * x\n"})
    hand_in(workspace, "ben", {"coursenn/layers.py": RIGHT_LAYERS})
    report = grade(workspace, course, "first", unsafe=True)
    assert not report.failures
    assert feedback(workspace, course, "first").written == ["ada", "ben"]
    rows = {r["student"]: r for r in csv.DictReader(export(workspace, course).open())}
    assert (rows["ada"]["double"], rows["ada"]["total"], rows["ada"]["max"]) == ("4.0", "4.0", "17.0")
    assert (rows["ben"]["double"], rows["ben"]["total"]) == ("0.0", "5.0")
    assert (workspace.autograded("ada", "first") / "coursenn" / "gamma.py").read_text().endswith("return 2 * x\n")
