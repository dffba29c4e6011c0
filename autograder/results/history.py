"""The marks of the last two runs of `grade`, so that a report can say whose marks changed."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.pages.class_summary import MarkChange
from autograder.paths import write_atomically
from autograder.results.documents import Document
from autograder.workspace.workspace import Workspace

Marks = dict[str, dict[str, float]]
"""Student -> task -> points."""


def marks_of(document: Document) -> dict[str, float]:
    """Task -> points."""
    return {task["id"]: float(task["score"]) for task in document["tasks"]}


def remember_marks(workspace: Workspace, assignment: str, marks: Marks) -> None:
    """Keep the marks of a run of `grade`; students who were left out keep their earlier ones."""
    _, last = _read_history(workspace, assignment)
    now = {**last, **marks}
    write_atomically(_history_file(workspace, assignment), json.dumps({"before": last, "last": now}) + "\n")


def mark_changes(workspace: Workspace, assignment: str) -> list[MarkChange]:
    """Whose marks the last run changed; nobody's after the first run."""
    before, last = _read_history(workspace, assignment)
    if not before:
        return []
    found = []
    for student, tasks in sorted(last.items()):
        old = before.get(student)
        moved = tuple(t for t, score in tasks.items() if old is None or old.get(t) != score)
        if moved:
            found.append(MarkChange(student, None if old is None else round(sum(old.values()), 2), round(sum(tasks.values()), 2), moved))
    return found


def _history_file(workspace: Workspace, assignment: str) -> Path:
    return workspace.results / "runs" / f"{assignment}.json"


def _read_history(workspace: Workspace, assignment: str) -> tuple[Marks, Marks]:
    try:
        found = json.loads(_history_file(workspace, assignment).read_text(encoding="utf-8"))
        return found["before"], found["last"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}
