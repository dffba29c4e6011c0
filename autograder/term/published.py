"""Marks that have left the workspace, with feedback or in a table: students may have read them, so they must not fall unnoticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.paths import write_atomically
from autograder.workspace.workspace import Workspace


@dataclass(frozen=True)
class PublishedMark:
    """The last mark that was published."""

    total: float
    at: str
    """In UTC, ISO 8601."""
    way: str
    """``feedback``, ``export``, or an export for another system, such as ``export for Canvas``."""
    recorded: str = ""
    """What was entered into the gradebook at that time; see `autograder.gradebook.recorder`."""


def published_marks(workspace: Workspace, assignment: str, way: str | None = None) -> dict[str, PublishedMark]:
    """Student -> the mark that was published last: in any way, or in one."""
    found: dict[str, PublishedMark] = {}
    for name, marks in _read(workspace, assignment).items():
        if way in (None, name):
            for student, mark in marks.items():
                if student not in found or mark.at > found[student].at:
                    found[student] = mark
    return found


def ways_published(workspace: Workspace, assignment: str) -> list[str]:
    """The ways in which marks have been published so far."""
    return list(_read(workspace, assignment))


def remember_published(workspace: Workspace, assignment: str, way: str, marks: Mapping[str, tuple[float, str]]) -> list[str]:
    """Remember marks that are published; return the students whose mark is new or has changed.

    Parameters
    ----------
    way : as in `PublishedMark`.
    marks : student -> total, and what the gradebook was given.
    """
    known, now = _read(workspace, assignment), datetime.now(UTC).isoformat(timespec="seconds")
    before = known.get(way, {})
    new = {s: PublishedMark(total, now, way, recorded) for s, (total, recorded) in marks.items()}
    if new:
        _write(workspace, assignment, {**known, way: {**before, **new}})
    return [s for s in new if s not in before or before[s].total != new[s].total]


def change_students(workspace: Workspace, old: str, new: str | None) -> bool:
    """Move what is remembered about a student to another id, or forget it; return whether there was anything."""
    found = False
    for path in sorted((workspace.root / "published").glob("*.json")):
        ways = _read(workspace, path.stem)
        for marks in ways.values():
            if (entry := marks.pop(old, None)) is not None:
                found = True
                if new is not None:
                    marks[new] = entry
        _write(workspace, path.stem, ways)
    return found


def _file(workspace: Workspace, assignment: str) -> Path:
    return workspace.root / "published" / f"{assignment}.json"


def _read(workspace: Workspace, assignment: str) -> dict[str, dict[str, PublishedMark]]:
    """Way -> student -> mark."""
    try:
        found = json.loads(_file(workspace, assignment).read_text(encoding="utf-8"))
        return {way: {student: PublishedMark(**entry) for student, entry in marks.items()} for way, marks in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(workspace: Workspace, assignment: str, ways: Mapping[str, Mapping[str, PublishedMark]]) -> None:
    plain = {way: {student: asdict(mark) for student, mark in marks.items()} for way, marks in ways.items()}
    write_atomically(_file(workspace, assignment), json.dumps(plain, indent=1) + "\n", mode=0o600)
