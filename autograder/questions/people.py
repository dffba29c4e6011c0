"""Give a student in the database of the questions another id, or remove the student with the answers that nobody else gave."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.workspace.workspace import Workspace

_TABLES = ("answer", "due", "entered", "outside", "line_comment")


@dataclass(frozen=True)
class ReadingEvent:
    """Something that a grader did with an answer of a student."""

    at: str
    """In UTC, ISO 8601."""
    grader: str
    kind: str
    question: str


def rename_student(workspace: Workspace, old: str, new: str) -> None:
    """Give a student another id in the databases of all assignments."""
    for database in _databases(workspace):
        with database:
            for table in _TABLES:
                database.execute(f"UPDATE {table} SET student = ? WHERE student = ?", (new, old))
            database.execute("DELETE FROM copy WHERE path LIKE ?", (f"autograded/{old}/%",))


def forget_student(workspace: Workspace, student: str) -> bool:
    """Remove a student, and everything about answers that nobody else gave; return whether there was anything."""
    found = False
    for database in _databases(workspace):
        database.execute("PRAGMA secure_delete = ON")
        with database:
            answers = database.execute("SELECT question, digest FROM answer WHERE student = ?", (student,)).fetchall()
            for table in _TABLES:
                found |= database.execute(f"DELETE FROM {table} WHERE student = ?", (student,)).rowcount > 0
            database.execute("DELETE FROM copy WHERE path LIKE ?", (f"autograded/{student}/%",))
            for question, digest in answers:
                if database.execute("SELECT 1 FROM answer WHERE question = ? AND digest = ?", (question, digest)).fetchone():
                    continue
                for table in ("reading", "share", "settled", "lock"):
                    database.execute(f"DELETE FROM {table} WHERE question = ? AND digest = ?", (question, digest))
                database.execute("DELETE FROM event WHERE question = ? AND subject = ?", (question, digest))
                if not database.execute("SELECT 1 FROM answer WHERE digest = ?", (digest,)).fetchone():
                    database.execute("DELETE FROM text WHERE digest = ?", (digest,))
        database.execute("VACUUM")
    return found


def events_of(workspace: Workspace, student: str) -> list[tuple[str, ReadingEvent]]:
    """What graders did with a student's present answers: assignment and event, oldest first."""
    found = []
    for path, database in zip(_paths(workspace), _databases(workspace), strict=True):
        rows = database.execute(
            "SELECT event.at, event.grader, event.kind, event.question FROM event JOIN answer "
            "ON answer.question = event.question AND answer.digest = event.subject WHERE answer.student = ? AND NOT event.undone",
            (student,),
        )
        for at, grader, kind, question in rows:
            time = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
            found.append((path.stem, ReadingEvent(time, grader, kind, question)))
    return sorted(found, key=lambda pair: pair[1].at)


def _paths(workspace: Workspace) -> list[Path]:
    return sorted((workspace.root / "questions").glob("*.db"))


def _databases(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    for path in _paths(workspace):
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as database:
            yield database
