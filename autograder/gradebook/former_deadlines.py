"""Deadlines and extensions in a gradebook from before ``deadlines.csv`` existed: they become the first lines of the file."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import datetime, timedelta, tzinfo

from autograder.paths import write_atomically
from autograder.spreadsheets import table_text
from autograder.term.deadline_file import COLUMNS, FILE
from autograder.term.late_rules import duration_text
from autograder.times import in_zone
from autograder.workspace.workspace import Workspace

_DUE = "SELECT name, duedate FROM assignment WHERE duedate IS NOT NULL ORDER BY name"
_EXTENSIONS = """
SELECT assignment.name, submitted_assignment.student_id, submitted_assignment.extension FROM submitted_assignment
JOIN assignment ON assignment.id = submitted_assignment.assignment_id
WHERE submitted_assignment.extension IS NOT NULL ORDER BY assignment.name, submitted_assignment.student_id
"""


def begin_deadlines(workspace: Workspace, zone: tzinfo) -> bool:
    """Write ``deadlines.csv`` from the gradebook, if there is none and the gradebook has deadlines; return whether it was written."""
    path = workspace.root / FILE
    if path.exists() or not workspace.gradebook.exists():
        return False
    with contextlib.closing(sqlite3.connect(workspace.gradebook, timeout=5)) as database:
        dues = database.execute(_DUE).fetchall()
        extensions = database.execute(_EXTENSIONS).fetchall()
    lines = [{"assignment": name, "due": due_text(datetime.fromisoformat(due), zone)} for name, due in dues]
    for name, student, text in extensions:
        time = datetime.fromisoformat(text) - datetime(1970, 1, 1)
        if time > timedelta(0):
            lines.append({"assignment": name, "who": student, "due": f"+{duration_text(time)}", "why": "as nbgrader had it"})
    if lines:
        write_atomically(path, table_text(list(COLUMNS), [[line.get(c, "") for c in COLUMNS] for line in lines]), mode=0o600)
    return bool(lines)


def due_text(due: datetime, zone: tzinfo) -> str:
    """A deadline, in UTC and without a zone, as the file has it: with its zone, so that changing the course's zone does not move it."""
    seconds = ":%S" if due.second or due.microsecond else ""
    return f"{in_zone(due, zone):%Y-%m-%d %H:%M{seconds}} {zone}"
