"""Where a workspace names a student: the list that renaming and forgetting both use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.collect.roster import class_list, write_roster
from autograder.manifest import Course
from autograder.paths import write_atomically
from autograder.spreadsheets import header_name, table_text
from autograder.term import journal
from autograder.term.deadline_file import FILE as DEADLINES
from autograder.term.deadline_file import deadlines_of
from autograder.term.groups import GROUPS, Groups, groups_text, read_groups
from autograder.workspace.workspace import Workspace

FOLDERS = ("submitted/{}", "autograded/{}", "feedback/{}", "earlier/{}", "earlier/feedback/{}", "dropped/{}", "undone/*/{}", "served/*/{}")
"""Folders of one student."""
FILES = ("collected/*/{}.json", "collected/*/attempts/{}.json", "results/recorded/*/{}.json")
"""Files of one student."""


def folders_of(workspace: Workspace, student: str) -> list[Path]:
    """The folders that exist."""
    return [p for pattern in FOLDERS for p in _matching(workspace, pattern, student) if p.is_dir()]


def files_of(workspace: Workspace, student: str) -> list[Path]:
    """The files that exist."""
    return [p for pattern in FILES for p in _matching(workspace, pattern, student) if p.is_file()]


def _matching(workspace: Workspace, pattern: str, student: str) -> list[Path]:
    # An id contains no character with a meaning in a pattern; see `autograder.collect.people.STUDENT_ID`.
    return sorted(workspace.root.glob(pattern.format(student)))


def stored_results_of(workspace: Workspace, student: str) -> Iterator[Path]:
    """Result documents of a student's attempts, from any version."""
    for path in workspace.results.glob("??/*.json"):
        try:
            document = json.loads(path.read_bytes())["document"]
            if document["submission"] == student:
                yield path
        except (OSError, ValueError, KeyError, TypeError):
            continue


def as_word(student: str) -> re.Pattern[str]:
    """A pattern for the id where it is not part of a longer one."""
    return re.compile(rf"(?<![\w.@+-]){re.escape(student)}(?![\w.@+-])")


def change_tables(workspace: Workspace, old: str, new: str | None) -> list[str]:
    """Change or remove a student in the tables that people edit; return the tables that named the student."""
    found = []
    people = class_list(workspace)
    if people is not None and any(p.id == old for p in people):
        found.append("roster.csv")
        write_roster(workspace, [replace(p, id=new) if p.id == old and new else p for p in people if new or p.id != old])
    deadlines = deadlines_of(workspace)
    if any(line.who == old for line in deadlines.lines):
        found.append(DEADLINES)
        names = [header_name(cell) for cell in deadlines.header]
        kept = [{**line.cells, "who": new if line.who == old and new else line.who} for line in deadlines.lines if new or line.who != old]
        rows = [[cells.get(name, "") for name in names] for cells in kept]
        write_atomically(workspace.root / DEADLINES, table_text(deadlines.header, rows))
    groups = read_groups(workspace)
    if any(m.student == old for m in groups.lines):
        found.append(GROUPS)
        lines = [replace(m, student=new) if m.student == old and new else m for m in groups.lines if new or m.student != old]
        write_atomically(workspace.root / GROUPS, groups_text(Groups(tuple(lines))))
    return found


def change_notes(workspace: Workspace, course: Course, old: str, new: str | None) -> None:
    """Change or remove a student in what commands have noted about the whole class."""
    _edit_json(workspace.root / "collected" / "people.json", lambda found: _rekeyed(found, old, new))
    for a in course.assignments:
        _edit_json(workspace.root / "served" / f"{a.name}.json", lambda found: _rekeyed(found, old, new))
        _edit_json(
            workspace.root / "collected" / a.name / "without-work" / "deliveries.json",
            lambda found: [e | {"student": new} if e["student"] == old else e for e in found if new or e["student"] != old],
        )
        _edit_json(
            workspace.results / "runs" / f"{a.name}.json",
            lambda found: {run: _rekeyed(marks, old, new) for run, marks in found.items()},
        )
    word = as_word(old)

    def changed(event: journal.Event) -> journal.Event | None:
        if event.student == old and new is None:
            return None
        return replace(event, student=new if event.student == old and new else event.student, text=word.sub(new or "somebody", event.text))

    journal.rewrite(workspace, changed)


def _rekeyed(found: dict[str, Any], old: str, new: str | None) -> dict[str, Any]:
    return {(new if key == old else key) or "": value for key, value in found.items() if new or key != old}


def _edit_json(path: Path, change: Callable[[Any], Any]) -> None:
    if path.is_file():
        write_atomically(path, json.dumps(change(json.loads(path.read_text(encoding="utf-8"))), indent=1, ensure_ascii=False) + "\n")
