"""The graders: accounts, each with a role and a token."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Literal

import msgspec

from autograder.questions.state import State
from autograder.workspace.workspace import WorkspaceError

Role = Literal["grader", "head"]
INSTRUCTOR = "instructor"
"""The name of the person who has started the application, unless it was started for an account."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


class Grader(msgspec.Struct, frozen=True):
    """Somebody who reads answers. A head also changes the rubric, answers graders' questions, and settles disagreements."""

    name: str
    role: Role = "grader"

    @property
    def is_head(self) -> bool:
        """Whether the person may decide for all."""
        return self.role == "head"


def graders(state: State) -> list[Grader]:
    """All accounts."""
    return [Grader(row["name"], row["role"]) for row in state.rows("SELECT name, role FROM grader ORDER BY name")]


def add_grader(state: State, name: str, role: Role = "grader") -> str:
    """Add an account, or give it another role and a new token; return the token, which is shown once and not stored.

    Raises
    ------
    WorkspaceError
        When the name cannot be used.
    """
    if not NAME.fullmatch(name) or name == INSTRUCTOR:
        raise WorkspaceError(f"nobody can be called {name!r} here: use letters, digits, dots and hyphens, and not {INSTRUCTOR!r}")
    token = secrets.token_urlsafe(24)
    with state.change() as change:
        change.execute("INSERT OR REPLACE INTO grader VALUES (?, ?, ?)", (name, role, _digest(token)))
    return token


def remove_grader(state: State, name: str) -> None:
    """Remove an account; the person's readings stay, and their unread answers are given to others at the next dealing."""
    with state.change() as change:
        change.execute("DELETE FROM grader WHERE name = ?", (name,))
        change.execute("DELETE FROM reader WHERE grader = ?", (name,))
        change.execute("DELETE FROM lock WHERE grader = ?", (name,))


def grader_of_token(state: State, token: str) -> Grader | None:
    """Whose token it is."""
    wanted, found = _digest(token), None
    for row in state.rows("SELECT name, role, token FROM grader"):
        if row["token"] and hmac.compare_digest(row["token"], wanted):
            found = Grader(row["name"], row["role"])
    return found


def readers(state: State, question: str) -> list[str]:
    """Who reads a question: those who were chosen for it, else all graders."""
    chosen = [row["grader"] for row in state.rows("SELECT grader FROM reader WHERE question = ? ORDER BY grader", question)]
    return chosen or [g.name for g in graders(state) if not g.is_head]


def choose_readers(state: State, question: str, names: list[str]) -> None:
    """Let some accounts read a question; all graders when none are named."""
    with state.change() as change:
        change.execute("DELETE FROM reader WHERE question = ?", (question,))
        change.executemany("INSERT OR IGNORE INTO reader VALUES (?, ?)", [(question, name) for name in names])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
