"""The short way into the gradebook: the same as nbgrader's own, in one transaction."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook import recorder as recorder_module
from autograder.gradebook import write_result
from autograder.gradebook.recorder import Recorder
from autograder.manifest import Course
from autograder.results.store import Results
from autograder.runs.grade import grade
from autograder.workspace import nbgrader_api
from autograder.workspace.opening import open_workspace
from autograder.workspace.workspace import Workspace, WorkspaceError
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one pixel
ZERO_FOR_LATE = 'c = get_config()\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
MARKS = {"relu-forward": 2.0, "relu-backward": 1.5, "sgd-momentum": 0.0}


def document(course: Course, student: str) -> dict[str, Any]:
    """A result with full, partial and no marks, notes and refusals."""
    tasks = [
        {"id": t.id, "function": t.function, "notebook": t.notebook, "verdict": "partial", "score": MARKS[t.id], "max_score": t.points}
        | {"elapsed_s": 0.0, "checks": [{"name": "it works", "passed": False, "message": "<no> *not* yet"}], "mistakes": []}
        | {"hint": "Read.", "see": t.book}
        for t in course.tasks_of("first")
    ]
    head = {"schema": 1, "submission": student, "course": "1", "assignment": "first", "status": "graded", "reason": None, "elapsed_s": 0.0}
    points = {"score": sum(t["score"] for t in tasks), "max_score": 7.0}
    return {**head, **points, "refused": ["x: a link"], "notes": ["relu-backward: odd", "all odd"], "tasks": tasks}


def class_of_oddities(workspace: Workspace) -> list[str]:
    """Submissions that differ in everything the graded copy depends on."""
    layers = {"coursenn/layers.py": RIGHT_LAYERS}
    hand_in(workspace, "whole", layers, answers={"alpha-why": "Because.", "beta-why": "Since."})
    folder = hand_in(workspace, "cut", layers)
    (folder / "Alpha.ipynb").write_bytes((folder / "Alpha.ipynb").read_bytes()[:1500])
    hand_in(workspace, "without", {"coursenn/layers.py": None, "Alpha.ipynb": None, "Beta.ipynb": None})
    for name in ("Alpha.ipynb", "Beta.ipynb", "coursenn/layers.py"):
        (workspace.submitted("without", "first") / name).unlink(missing_ok=True)
    extra = dict.fromkeys(("page.HTML", "a.svg", ".hidden", "deep/.dot/b.txt", "deep/c.txt", "feedback/d.txt", "coursenn/given.py"), "x")
    folder = hand_in(workspace, "outputs", {**layers, **extra})
    notebook = json.loads((folder / "Beta.ipynb").read_bytes())
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": PNG, "text/plain": ["two\n", "lines"]}}
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        cell["outputs"] = [shown, {"output_type": "stream", "name": "stderr", "text": ["line\n"] * 1200}]
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "A thought.", "attachments": {}})
    (folder / "Beta.ipynb").write_text(json.dumps(notebook))
    hand_in(workspace, "late", layers)
    (workspace.submitted("late", "first") / "timestamp.txt").write_text("2026-05-05 11:00:00 UTC")
    (workspace.submitted("whole", "first") / "timestamp.txt").write_text("2026-05-03 11:00:00 UTC")
    return ["whole", "cut", "without", "outputs", "late"]


def enter_all(workspace: Workspace, course: Course, students: list[str]) -> None:
    """Record the same document for everybody."""
    recorder = Recorder(Results(workspace, course, lambda folder, *_: document(course, folder.parent.name)))
    for student in students:
        key, found = recorder.results.ensure(student, "first")
        recorder.record(student, "first", key, found)
    recorder.close()


def graded_copies(workspace: Workspace) -> dict[str, tuple[int, Any]]:
    """Every graded file: permissions and content; ids that are drawn anew for each cell without one are left out."""
    found = {}
    for path in sorted(p for p in (workspace.root / "autograded").rglob("*") if p.is_file()):
        content: Any = path.read_bytes()
        if path.suffix == ".ipynb":
            content = json.loads(content)
            for cell in content["cells"]:
                cell.pop("id")
        found[path.relative_to(workspace.root).as_posix()] = (path.stat().st_mode, content)
    return found


CELL = " join base_cell c on c.id = g.cell_id join submitted_notebook sn on sn.id = g.notebook_id"
STUDENT = " join notebook n on n.id = sn.notebook_id join submitted_assignment sa on sa.id = sn.assignment_id"
ROWS = {
    "grades": "select sa.student_id, c.name, n.name, g.auto_score, g.manual_score, g.needs_manual_grade from grade g" + CELL + STUDENT,
    "comments": "select sa.student_id, c.name, n.name, g.auto_comment, g.manual_comment from comment g" + CELL + STUDENT,
    "penalties": "select sa.student_id, n.name, sn.late_submission_penalty, sa.timestamp from submitted_notebook sn" + STUDENT,
    "students": "select id from student",
}


def rows(workspace: Workspace) -> dict[str, list[Any]]:
    """What the gradebook holds of submissions."""
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        return {name: sorted(database.execute(query).fetchall(), key=repr) for name, query in ROWS.items()}


def test_short_way_is_nbgraders_way(workspace: Workspace, small: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whole, damaged, missing, late and cluttered submissions: are copies and gradebook those of `nbgrader autograde`, twice over?"""
    (workspace.root / "nbgrader_local.py").write_text(ZERO_FOR_LATE)
    with nbgrader_api.gradebook(workspace) as book:
        book.update_or_create_assignment("first", duedate=datetime(2026, 5, 4, 12))
    students = class_of_oddities(workspace)
    shutil.copytree(workspace.root, tmp_path / "long")
    long = open_workspace(tmp_path / "long", small)
    for again in (False, True):
        if again:
            for place in (workspace, long):
                with nbgrader_api.gradebook(place) as book:
                    for cell, notebook in (("alpha-why", "Alpha"), ("relu-forward", "Alpha"), ("beta-why", "Beta")):
                        grade_of = book.find_grade(cell, notebook, "first", "whole")
                        grade_of.manual_score, grade_of.needs_manual_grade = 1.0, False
                    book.db.commit()
                path = place.submitted("whole", "first") / "Beta.ipynb"
                path.write_bytes(path.read_bytes().replace(b"Since.", b"Since it is."))
        enter_all(workspace, small, students)
        with monkeypatch.context() as patch:
            patch.setattr(recorder_module, "usual", lambda app: False)
            enter_all(long, small, students)
        assert graded_copies(workspace) == graded_copies(long)
        assert rows(workspace) == rows(long)
    waiting = {g[:2] for g in rows(workspace)["grades"] if g[5]}
    assert ("whole", "beta-why") in waiting
    assert ("whole", "alpha-why") not in waiting
    assert not list(workspace.root.glob("autograded/*/.*"))


@pytest.mark.parametrize(
    ("setting", "short"),
    [
        ("", True),
        ("c.LimitOutput.max_lines = 10", True),
        ("c.Autograde.autograde_preprocessors.append('nbgrader.preprocessors.DeduplicateIds')", False),
        ("c.Autograde.sanitize_preprocessors = ['nbgrader.preprocessors.OverwriteCells']", False),
        ("c.Autograde.post_convert_hook = print", False),
        ("c.CourseDirectory.groupshared = True", False),
    ],
)
def test_changed_steps_are_nbgraders_to_run(workspace: Workspace, small: Course, setting: str, short: bool) -> None:
    """When an instructor has changed what nbgrader does, is it nbgrader that does it?"""
    (workspace.root / "nbgrader_local.py").write_text(f"c = get_config()\n{setting}\n")
    assert write_result.usual(write_result.Entering(workspace, small, nbgrader_api.api(workspace)).app) is short


def test_failure_leaves_gradebook_and_copy_as_they_were(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last notebook cannot be written, is nothing of the submission entered, and does the next attempt do all of it?"""
    students = class_of_oddities(workspace)[:1]
    enter_all(workspace, small, students)
    before = rows(workspace), graded_copies(workspace)
    monkeypatch.setitem(MARKS, "relu-forward", 0.5)
    shutil.rmtree(workspace.results)
    write = write_result._write

    def full(path: Path, *arguments: Any) -> None:
        if path.name == "Beta.ipynb":
            raise OSError(28, "No space left on device")
        write(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(write_result, "_write", full)
        with pytest.raises(OSError, match="No space"):
            enter_all(workspace, small, students)
    assert (rows(workspace), graded_copies(workspace)) == before
    assert not list(workspace.root.glob("autograded/*/.*"))
    enter_all(workspace, small, students)
    assert {g[3] for g in rows(workspace)["grades"] if g[1] == "relu-forward"} == {0.5}


class Killed(BaseException):
    """Stands for a SIGKILL: nothing after it runs, but what the test undoes by hand."""


def test_kill_between_two_renames(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while the old copy is away and the new one not there yet: does nobody have to look at an unchanged answer again?"""
    students = class_of_oddities(workspace)[:1]
    enter_all(workspace, small, students)
    with nbgrader_api.gradebook(workspace) as book:
        grade_of = book.find_grade("alpha-why", "Alpha", "first", "whole")
        grade_of.manual_score, grade_of.needs_manual_grade = 3.0, False
        book.db.commit()
    undisturbed = rows(workspace), graded_copies(workspace)
    rename, seen = os.rename, []

    def once(*names: Any) -> None:
        seen.append(names)
        if len(seen) == 2:
            raise Killed
        rename(*names)

    with monkeypatch.context() as patch:
        patch.setattr(write_result.os, "rename", once)
        patch.setattr(write_result.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            enter_all(workspace, small, students)
    assert not workspace.autograded("whole", "first").exists()
    enter_all(workspace, small, students)
    assert (rows(workspace), graded_copies(workspace)) == undisturbed
    assert os.listdir(workspace.root / "autograded" / "whole") == ["first"]


def test_nobody_is_searched_for_among_everybody(workspace: Workspace, small: Course) -> None:
    """Are the rows of one submission found through an index, in a gradebook that had none, too?"""
    students = class_of_oddities(workspace)[:1]
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        for (name,) in database.execute("select name from sqlite_master where name like 'coursenn_%'").fetchall():
            database.execute(f"drop index {name}")
        database.commit()
    enter_all(workspace, small, students)
    enter_all(workspace, small, students)
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        for table, column in (("grade", "notebook_id"), ("comment", "notebook_id"), ("submitted_notebook", "assignment_id")):
            plan = database.execute(f"explain query plan select * from {table} where {column} = 'x'").fetchall()
            assert plan[0][-1].startswith("SEARCH"), (table, plan)


def test_gradebook_locked_while_recording(workspace: Workspace, small: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another program takes the gradebook in the middle of a run, does grading stop with the cure, and go on afterwards?"""
    monkeypatch.setattr(Workspace, "db_url", property(lambda w: f"sqlite:///{w.gradebook}?timeout=0.1"))
    students = class_of_oddities(workspace)[:1]
    with contextlib.closing(sqlite3.connect(workspace.gradebook, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkspaceError, match="Close the formgrader"):
            enter_all(workspace, small, students)
        other.execute("ROLLBACK")
    enter_all(workspace, small, students)
    assert rows(workspace)["students"] == [("whole",)]


def test_cell_that_the_gradebook_lacks(workspace: Workspace, small: Course) -> None:
    """When gradebook and release do not fit together, is the instructor told to release again, and nobody else's grading ended?"""
    hand_in(workspace, "ada", {"coursenn/layers.py": RIGHT_LAYERS})
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        database.execute("update base_cell set name = 'another' where name = 'relu-backward'")
        database.commit()
    report = grade(workspace, small, "first", unsafe=True)
    assert "elease the assignment again" in str(report.failures[0].failure)
    assert not workspace.autograded("ada", "first").exists()
