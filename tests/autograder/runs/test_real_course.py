"""The whole cycle on this repository's own course."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest

from autograder.manifest import Course, load_course
from autograder.outgoing.export import export
from autograder.outgoing.feedback import feedback
from autograder.outgoing.leaks import leaks
from autograder.outgoing.release import release
from autograder.paths import REPOSITORY
from autograder.runs.canary import write_reference
from autograder.runs.grade import grade
from autograder.sandbox import sandbox
from autograder.workspace.opening import open_workspace
from tests.autograder.small_course import generate

# Two assignments in place of one: the manifest is all that an instructor changes.
SPLIT = """\
[[assignment]]
name = "{names[0]}"
notebooks = {first!r}

[[assignment]]
name = "{names[1]}"
notebooks = {second!r}
"""


@pytest.fixture
def split(course: Course, tmp_path: Path) -> Course:
    """A copy of the course whose notebooks are split over two assignments."""
    copy = tmp_path / "course"
    shutil.copytree(course.root, copy, ignore=shutil.ignore_patterns("build", "*.so", "__pycache__", ".ipynb_checkpoints"))
    # The notebooks lead to pages of the book beside the course.
    shutil.copytree(REPOSITORY / "book", tmp_path / "book", ignore=lambda folder, names: {n for n in names if not n.endswith(".md")})
    names = [n.name for n in course.notebooks]
    tables = SPLIT.format(names=("basics", "networks"), first=names[:2], second=names[2:])
    text, count = re.subn(r"\[\[assignment\]\]\n(?:[^\[]|\[\")*", lambda _: tables + "\n", (copy / "course.toml").read_text(), count=1)
    assert count == 1
    (copy / "course.toml").write_text(text)
    return generate(load_course(copy / "course.toml"))


@pytest.mark.whole
def test_split_course_goes_from_release_to_export(split: Course, tmp_path: Path) -> None:
    """Split by the manifest alone: does the reference get full marks and the stub none in each part, and does nothing leak?"""
    unsafe = sandbox.problem() is not None
    workspace = open_workspace(tmp_path / "class", split)
    for assignment in ("basics", "networks"):
        release(workspace, split, assignment)
        released = workspace.released(assignment)
        assert {p.stem for p in released.glob("*.ipynb")} == set(split.assignment(assignment).notebooks)
        assert all((released / "coursenn" / name).is_file() for name in (*split.editable, *split.given))
        assert leaks(split, released, workspace.seed()) == []
        for student in ("reference", "stub"):
            shutil.copytree(released, workspace.submitted(student, assignment))
        shutil.copytree(write_reference(split, tmp_path / assignment), workspace.submitted("reference", assignment), dirs_exist_ok=True)
        report = grade(workspace, split, assignment, unsafe=unsafe)
        assert not report.failures
        got = {r.student: r.document for r in report.rows}
        points = sum(t.points for t in split.tasks_of(assignment))
        assert {s: (d or {})["score"] for s, d in got.items()} == {"reference": points, "stub": 0.0}
        done = feedback(workspace, split, assignment)
        assert (done.written, done.failures) == (["reference", "stub"], {})
    rows = {(r["student"], r["assignment"]): float(r["total"]) for r in csv.DictReader(export(workspace, split).open())}
    assert rows["reference", "basics"] + rows["reference", "networks"] == sum(t.points for t in split.tasks)
    assert rows["stub", "basics"] == rows["stub", "networks"] == 0.0
