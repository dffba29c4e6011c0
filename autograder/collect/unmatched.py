"""Files that the last collections could not give to anybody, remembered until the next collection of the same kind."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from autograder.collect.submissions import Unread
from autograder.paths import write_atomically
from autograder.workspace.workspace import Workspace


def remember_unread(workspace: Workspace, assignment: str, source: str, unread: Iterable[Unread]) -> None:
    """Remember the files that a collection could not match, in place of those of the previous one of that kind.

    Parameters
    ----------
    source : ``exchange``, the title of an LMS, or ``download``.
    """
    known = _read(workspace, assignment)
    now = {**known, source: [[u.name, u.reason] for u in unread]}
    if now != known and (now[source] or source in known):
        write_atomically(_file(workspace, assignment), json.dumps(now, indent=1, ensure_ascii=False) + "\n")


def unread_files(workspace: Workspace, assignment: str) -> list[Unread]:
    """The files that the last collections could not match."""
    return [Unread(*entry) for entries in _read(workspace, assignment).values() for entry in entries]


def _read(workspace: Workspace, assignment: str) -> dict[str, list[list[str]]]:
    try:
        found = json.loads(_file(workspace, assignment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _file(workspace: Workspace, assignment: str) -> Path:
    return workspace.root / "collected" / assignment / "unmatched" / "files.json"
