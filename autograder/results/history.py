"""The marks of the last two runs of `grade`, so that a report can say who changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.paths import write_atomically
from autograder.results.documents import Document
from autograder.workspace.workspace import Workspace

Marks = dict[str, dict[str, float]]
"""Student -> task -> points."""


@dataclass(frozen=True)
class Change:
    """A student whose marks are others than after the run before."""

    student: str
    before: float | None
    """None for one who was not there."""
    after: float
    tasks: tuple[str, ...]

    @property
    def points(self) -> float:
        """Points won, or lost when below 0."""
        return round(self.after - (self.before or 0.0), 2)


def remember(workspace: Workspace, assignment: str, documents: Mapping[str, Document]) -> None:
    """Keep what a run of `grade` gave; students it left out keep what they had."""
    _, last = _read(workspace, assignment)
    now = {**last, **{s: {t["id"]: float(t["score"]) for t in d["tasks"]} for s, d in documents.items()}}
    write_atomically(_path(workspace, assignment), json.dumps({"before": last, "last": now}) + "\n")


def changes(workspace: Workspace, assignment: str) -> list[Change]:
    """Who has other marks since the last run but one; nobody after the first run."""
    before, last = _read(workspace, assignment)
    if not before:
        return []
    found = []
    for student, tasks in sorted(last.items()):
        old = before.get(student)
        moved = tuple(t for t, score in tasks.items() if old is None or old.get(t) != score)
        if moved:
            found.append(Change(student, None if old is None else round(sum(old.values()), 2), round(sum(tasks.values()), 2), moved))
    return found


def _path(workspace: Workspace, assignment: str) -> Path:
    return workspace.results / "runs" / f"{assignment}.json"


def _read(workspace: Workspace, assignment: str) -> tuple[Marks, Marks]:
    try:
        found = json.loads(_path(workspace, assignment).read_text(encoding="utf-8"))
        return found["before"], found["last"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}
