"""The database of one assignment: what graders did, written to disk at once, for several processes at the same time."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.workspace.workspace import Workspace, WorkspaceError

VERSION = 1
WAIT_S = 10.0
TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE grader (name TEXT PRIMARY KEY, role TEXT NOT NULL, token TEXT NOT NULL DEFAULT '');
CREATE TABLE reader (question TEXT NOT NULL, grader TEXT NOT NULL, PRIMARY KEY (question, grader));
CREATE TABLE copy (path TEXT PRIMARY KEY, stamp TEXT NOT NULL);
CREATE TABLE answer (
    question TEXT NOT NULL, student TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (question, student));
CREATE INDEX answer_digest ON answer (question, digest);
CREATE TABLE text (digest TEXT PRIMARY KEY, source TEXT NOT NULL, attachments TEXT NOT NULL, html TEXT);
CREATE TABLE share (
    question TEXT NOT NULL, digest TEXT NOT NULL, grader TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (question, digest, grader));
CREATE TABLE opened (question TEXT PRIMARY KEY);
CREATE TABLE lock (
    question TEXT NOT NULL, digest TEXT NOT NULL, grader TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (question, digest));
CREATE TABLE reading (
    question TEXT NOT NULL, digest TEXT NOT NULL, grader TEXT NOT NULL, state TEXT NOT NULL, marks TEXT NOT NULL, comment TEXT NOT NULL,
    note TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL, PRIMARY KEY (question, digest, grader));
CREATE TABLE settled (question TEXT NOT NULL, digest TEXT NOT NULL, grader TEXT NOT NULL, PRIMARY KEY (question, digest));
CREATE TABLE item (
    question TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, points REAL NOT NULL, text TEXT NOT NULL, told TEXT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (question, name));
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, grader TEXT NOT NULL, kind TEXT NOT NULL, question TEXT NOT NULL,
    subject TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, at REAL NOT NULL, undone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX event_grader ON event (grader, question);
CREATE TABLE due (question TEXT NOT NULL, student TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (question, student));
CREATE TABLE entered (
    question TEXT NOT NULL, student TEXT NOT NULL, digest TEXT NOT NULL, score REAL, comment TEXT, meant_score REAL, meant_comment TEXT,
    PRIMARY KEY (question, student));
CREATE TABLE outside (question TEXT NOT NULL, student TEXT NOT NULL, score REAL NOT NULL, PRIMARY KEY (question, student));
CREATE TABLE line_comment (
    id TEXT PRIMARY KEY, student TEXT NOT NULL, task TEXT NOT NULL, file TEXT NOT NULL, function TEXT NOT NULL, line INTEGER NOT NULL,
    source TEXT NOT NULL, comment TEXT NOT NULL, grader TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX line_comment_student ON line_comment (student);
"""


def database_path(workspace: Workspace, assignment: str) -> Path:
    """Where the database of an assignment is."""
    return workspace.root / "questions" / f"{assignment}.db"


class State:
    """A connection to the database, which is made if necessary.

    Every change is on disk when the call that makes it returns. The journal is SQLite's ordinary one, which needs no shared memory
    between processes.

    Raises
    ------
    WorkspaceError
        When it was written by a newer version, or is not a database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # Made with these permissions, since it says who wrote what.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        try:
            self._make_tables()
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(f"{path} could not be used ({error}): put back a copy of it, or move it away to start again") from error

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query."""
        return self._database.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query."""
        found: sqlite3.Row | None = self._database.execute(query, values).fetchone()
        return found

    def value(self, query: str, *values: Any) -> Any:
        """The first value of the first row, or None."""
        found = self.row(query, *values)
        return None if found is None else found[0]

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Change several things, all of them or none. Only one process changes something at a time."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def setting(self, name: str, default: str = "") -> str:
        """A setting of the assignment."""
        found = self.value("SELECT value FROM setting WHERE name = ?", name)
        return default if found is None else str(found)

    def set(self, name: str, value: str) -> None:
        """Save a setting."""
        with self.change() as change:
            change.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def _make_tables(self) -> None:
        with self.change() as change:
            found = change.execute("PRAGMA user_version").fetchone()[0]
            if found > VERSION:
                raise WorkspaceError(f"{self.path} was written by a newer version of the autograder: use that one")
            if found < VERSION:
                for statement in TABLES.split(";\n"):
                    change.execute(statement)
                change.execute("INSERT INTO setting VALUES ('pseudonyms', ?)", (secrets.token_hex(16),))
                change.execute(f"PRAGMA user_version = {VERSION}")
