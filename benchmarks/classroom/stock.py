"""Stock nbgrader in its own workspace: the same submissions and checks, nbgrader's converter, one kernel for each notebook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade, is_solution

from autograder.manifest import Course
from autograder.paths import REPOSITORY
from benchmarks.classroom.inline import prepare

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.Exchange.root = {exchange!r}
c.Autograde.exclude_overwriting = {{{assignment!r}: {edited!r}}}
c.ExecutePreprocessor.timeout = 3600
"""
HIDDEN = """\
### BEGIN HIDDEN TESTS
import sys; sys.path.append({repository!r})
from benchmarks.classroom.inline import grade
grade({task!r}, {expected!r})
### END HIDDEN TESTS"""


@dataclass
class Stock:
    """One run of `nbgrader autograde` over a class."""

    students: int
    wall_s: float
    marks: dict[str, float]
    """Student -> share of the points for code."""

    @property
    def per_minute(self) -> float:
        """Submissions a minute, including the start of nbgrader."""
        return 60 * self.students / self.wall_s


def run(root: Path, course: Course, assignment: str, released: Path, submitted: Path, students: list[str], *, experiments: bool) -> Stock:
    """Grade students' work; without ``experiments``, notebooks have no code cells except the checks."""
    source = root / "source" / assignment
    shutil.copytree(released, source)
    edited = [f"coursenn/{name}" for name in course.editable]
    (root / "nbgrader_config.py").write_text(CONFIG.format(exchange=str(root / "exchange"), assignment=assignment, edited=edited))
    expected = root / "expected.pkl"
    prepare(course, expected)
    for path in source.glob("*.ipynb"):
        _with_checks(path, expected, experiments)
    _nbgrader(root, "generate_assignment", assignment)
    for name in students:
        folder = root / "submitted" / name / assignment
        shutil.copytree(submitted / name / assignment, folder, ignore=shutil.ignore_patterns("*.ipynb"))
        for path in (root / "release" / assignment).glob("*.ipynb"):
            shutil.copy(path, folder)
    started = time.monotonic()
    _nbgrader(root, "autograde", assignment)
    return Stock(len(students), time.monotonic() - started, _marks(root, course, assignment))


def _with_checks(path: Path, expected: Path, experiments: bool) -> None:
    notebook = nbformat.read(path, as_version=4)
    kept = []
    for cell in notebook.cells:
        graded = cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
        if graded:
            hidden = HIDDEN.format(repository=str(REPOSITORY), task=cell.metadata.nbgrader.grade_id, expected=str(expected))
            cell.source = f"{cell.source if experiments else '# Checked when it is graded.'}\n{hidden}"
        if graded or experiments or cell.cell_type != "code":
            kept.append(cell)
    notebook.cells = kept
    nbformat.write(notebook, path)


def _nbgrader(root: Path, *arguments: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "COURSENN_DATA": "embedded"}
    done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"nbgrader {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-3000:]}")


def _marks(root: Path, course: Course, assignment: str) -> dict[str, float]:
    tasks = {t.id: t.points for t in course.tasks_of(assignment)}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "stock") as book:
        submissions = book.assignment_submissions(assignment)
        earned = {s.student.id: sum(g.score for n in s.notebooks for g in n.grades if g.name in tasks) for s in submissions}
    return {student: points / sum(tasks.values()) for student, points in earned.items()}
