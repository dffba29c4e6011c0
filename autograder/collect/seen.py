"""People who are not on a roster, remembered as an LMS showed them, so that the next download gives their work to the same students."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from autograder.collect.people import Person
from autograder.paths import write_atomically
from autograder.workspace.workspace import Workspace


def people_seen(workspace: Workspace) -> list[Person]:
    """Everybody remembered so far."""
    try:
        found = json.loads(_file(workspace).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Person(id, shown_as=said.get("name", ""), lms_user_id=said.get("number", "")) for id, said in found.items()]


def remember_people(workspace: Workspace, new: Iterable[Person]) -> None:
    """Remember some more; nothing is written when there are none."""
    found = {p.id: p for p in (*people_seen(workspace), *new)}
    text = json.dumps({p.id: {"name": p.shown_as, "number": p.lms_user_id} for p in found.values()}, indent=1, ensure_ascii=False) + "\n"
    if found and (not _file(workspace).exists() or _file(workspace).read_text(encoding="utf-8") != text):
        write_atomically(_file(workspace), text)


def _file(workspace: Workspace) -> Path:
    return workspace.root / "collected" / "people.json"
