"""How many answers each student has had; one file for each assignment, in the workspace."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.paths import write_atomically
from autograder.workspace.workspace import Workspace, WorkspaceError


@dataclass(frozen=True)
class Answered:
    """One answer that a student had."""

    digest: str
    """The digest of the hand-in."""
    time: str
    """In UTC."""
    graded: bool
    """Whether it counts as an attempt; hand-ins after the last attempt do not."""


class Ledger:
    """The answers to one assignment.

    Raises
    ------
    WorkspaceError
        When the file is damaged: it is then not known how many attempts are left.
    """

    def __init__(self, workspace: Workspace, assignment: str) -> None:
        self.path = workspace.root / "served" / f"{assignment}.json"
        self._entries = _read(self.path)

    def attempts(self, student: str) -> int:
        """How many graded answers a student has had."""
        return sum(entry.graded for entry in self._entries.get(student, []))

    def knows(self, student: str, digest: str) -> bool:
        """Whether a student's present hand-in has been answered."""
        entries = self._entries.get(student, [])
        return bool(entries) and entries[-1].digest == digest

    def add(self, student: str, digest: str, *, graded: bool) -> None:
        """Remember an answer before the student gets it: a kill in between costs an answer, but never gives one for free."""
        entry = Answered(digest, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", graded)
        self._entries.setdefault(student, []).append(entry)
        text = json.dumps({s: [asdict(e) for e in entries] for s, entries in sorted(self._entries.items())}, indent=1)
        write_atomically(self.path, text + "\n", mode=0o600)


def _read(path: Path) -> dict[str, list[Answered]]:
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {student: [Answered(**entry) for entry in entries] for student, entries in data.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise WorkspaceError(f"{path} is damaged: put back a copy, or remove it, which gives everybody all attempts again") from error
