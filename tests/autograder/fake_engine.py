"""An engine that reads the marks from a submission instead of running it, for tests of everything around the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.manifest import Course
from autograder.results.documents import Document
from autograder.workspace.workspace import Workspace
from tests.autograder.small_course import hand_in

CALLS: list[str] = []


def fake(folder: Path, course: Course, assignment: str, seed: int, unsafe: bool) -> Document:
    """An engine that reads marks from the first line of layers.py: ``# marks: 2 3 2``."""
    CALLS.append(folder.parent.name)
    path = folder / "coursenn" / "layers.py"
    first = path.read_text().splitlines()[0] if path.is_file() else ""
    tasks = course.tasks_of(assignment)
    if folder.parent.name == "reference":
        marks = [t.points for t in tasks]
    elif first.startswith("# marks:"):
        marks = [float(m) for m in first.split(":")[1].split()]
    else:
        marks = [0.0] * len(tasks)
    found = [
        {"id": t.id, "function": t.function, "notebook": t.notebook, "verdict": "passed" if m == t.points else "failed", "score": m}
        | {"max_score": t.points, "elapsed_s": 0.0, "checks": [{"name": "it works", "passed": m == t.points, "message": "no"}]}
        | {"mistakes": [], "hint": None, "see": t.book}
        for t, m in zip(tasks, marks, strict=True)
    ]
    head = {"schema": 1, "submission": folder.parent.name, "course": "1", "assignment": assignment, "status": "graded", "reason": None}
    return {**head, "score": sum(marks), "max_score": 7.0, "elapsed_s": 0.0, "refused": [], "notes": [], "tasks": found}


def marks(workspace: Workspace, student: str, *values: float, **options: Any) -> None:
    """Write a submission to which the fake engine gives these marks."""
    hand_in(workspace, student, {"coursenn/layers.py": f"# marks: {' '.join(map(str, values))}\n"}, **options)
