"""A class whose submissions differ in everything that affects a graded copy, and the parts of it that can be compared."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from autograder.gradebook.recorder import Recorder
from autograder.manifest import Course
from autograder.results.store import Results
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import RIGHT_LAYERS, hand_in

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one pixel
PRINTED_LINES = 1200
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


def results_of(workspace: Workspace, course: Course) -> Results:
    """Results of an engine that returns the same document for everybody."""
    return Results(workspace, course, lambda folder, *_: document(course, folder.parent.name))


def class_of_oddities(workspace: Workspace) -> list[str]:
    """Submissions that are whole, cut short, without notebooks, full of outputs and files, or late."""
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
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": PNG, "text/plain": ["two\n", "lines"]}}
    for cell in (c for c in notebook["cells"] if c["cell_type"] == "code"):
        cell["outputs"] = [picture, {"output_type": "stream", "name": "stderr", "text": ["line\n"] * PRINTED_LINES}]
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "A thought.", "attachments": {}})
    (folder / "Beta.ipynb").write_text(json.dumps(notebook))
    hand_in(workspace, "late", layers)
    (workspace.submitted("late", "first") / "timestamp.txt").write_text("2026-05-05 11:00:00 UTC")
    (workspace.submitted("whole", "first") / "timestamp.txt").write_text("2026-05-03 11:00:00 UTC")
    return ["whole", "cut", "without", "outputs", "late"]


def enter_all(workspace: Workspace, course: Course, students: list[str]) -> None:
    """Record the same document for everybody."""
    recorder = Recorder(results_of(workspace, course))
    for student in students:
        key, found = recorder.results.ensure(student, "first")
        recorder.record(student, "first", key, found)
    recorder.close()


def change_answer(workspace: Workspace, before: str, after: str) -> None:
    """Change the answer that ``whole`` gives in the second notebook."""
    path = workspace.submitted("whole", "first") / "Beta.ipynb"
    path.write_bytes(path.read_bytes().replace(before.encode(), after.encode()))


def graded_copies(workspace: Workspace) -> dict[str, tuple[int, Any]]:
    """Return the permissions and content of every graded file, without ids that are random for each cell that had none."""
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
    """Return the submissions in the gradebook."""
    with contextlib.closing(sqlite3.connect(workspace.gradebook)) as database:
        return {name: sorted(database.execute(query).fetchall(), key=repr) for name, query in ROWS.items()}


def waiting(workspace: Workspace) -> set[tuple[str, str]]:
    """Return student and cell of everything that a person must look at."""
    return {(student, cell) for student, cell, *_, needs in rows(workspace)["grades"] if needs}


def write_local(workspace: Workspace, settings: str) -> Path:
    """An instructor's own settings."""
    path = workspace.root / "nbgrader_local.py"
    path.write_text(f"c = get_config()\n{settings}\n")
    return path
