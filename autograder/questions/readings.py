"""Graders' decisions: a grader's reading of an answer, which of several readings counts, and undoing one."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from sqlite3 import Connection, Row
from typing import Any, Literal

import msgspec

from autograder.questions.items import Click
from autograder.questions.state import State

ReadingState = Literal["read", "asked"]
MOST_SECONDS = 900.0
"""Most seconds for one answer; a grader who takes longer is away."""


class Reading(msgspec.Struct, frozen=True):
    """What one grader decided about an answer."""

    question: str
    digest: str
    grader: str
    marks: list[str]
    """Names of what is ticked."""
    comment: str = ""
    """Written for this answer only."""
    note: str = ""
    """A note to the instructor."""
    state: ReadingState = "read"
    seconds: float = 0.0
    at: float = 0.0


def keep(state: State, reading: Reading, event: str, *, settles: bool) -> bool:
    """Save a reading in place of the grader's earlier one; return False and change nothing if this event is already known.

    Parameters
    ----------
    event : chosen by the browser, so that what it sends twice counts once.
    settles : whether this reading counts even if others have read the answer.
    """
    with state.change() as change:
        if change.execute("SELECT 1 FROM event WHERE id = ?", (event,)).fetchone():
            return False
        now = time.time()
        reading = msgspec.structs.replace(reading, at=now, seconds=min(max(reading.seconds, 0.0), MOST_SECONDS))
        place = (reading.question, reading.digest)
        earlier = change.execute(
            "SELECT * FROM reading WHERE question = ? AND digest = ? AND grader = ?", (*place, reading.grader)
        ).fetchone()
        if earlier is not None:
            # The first reading stays the first.
            reading = msgspec.structs.replace(reading, at=earlier["at"], seconds=max(reading.seconds, earlier["seconds"]))
        settled = change.execute("SELECT grader FROM settled WHERE question = ? AND digest = ?", place).fetchone()
        before = {"reading": _plain(earlier), "settled": settled[0] if settled else None}
        _store(change, reading)
        if settles:
            change.execute("INSERT OR REPLACE INTO settled VALUES (?, ?, ?)", (*place, reading.grader))
        after = {"reading": msgspec.to_builtins(reading), "settled": reading.grader if settles else before["settled"]}
        _log(change, event, reading.grader, "reading", reading.question, reading.digest, before, after)
        change.execute("DELETE FROM lock WHERE question = ? AND digest = ? AND grader = ?", (*place, reading.grader))
        enter_later(change, *place)
    return True


def settle(state: State, question: str, digest: str, grader: str, by: str) -> None:
    """Let the reading of one grader count."""
    with state.change() as change:
        earlier = change.execute("SELECT grader FROM settled WHERE question = ? AND digest = ?", (question, digest)).fetchone()
        change.execute("INSERT OR REPLACE INTO settled VALUES (?, ?, ?)", (question, digest, grader))
        before, after = {"settled": earlier[0] if earlier else None}, {"settled": grader}
        _log(change, uuid.uuid4().hex, by, "settled", question, digest, before, after)
        enter_later(change, question, digest)


def change_click(state: State, question: str, click: Click | None, name: str, by: str) -> str:
    """Change, add or (with None) remove something that graders tick, and score all answers with it again; return its name.

    Parameters
    ----------
    name : empty for a new one.
    """
    with state.change() as change:
        if not name:
            numbers = [int(row[0][4:]) for row in change.execute("SELECT name FROM item WHERE name GLOB 'own-*'") if row[0][4:].isdigit()]
            name = f"own-{max(numbers, default=0) + 1}"
        earlier = change.execute("SELECT * FROM item WHERE question = ? AND name = ?", (question, name)).fetchone()
        row = (question, name, "item", 0.0, "", "", 1)
        if click is not None:
            row = (question, name, click.kind, click.points, click.text, click.told, 0)
        change.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        _log(change, uuid.uuid4().hex, by, "item", question, name, _plain(earlier), list(row))
        enter_later(change, question)
    return name


def undo(state: State, grader: str, question: str) -> tuple[str, str] | None:
    """Undo what a grader did last in a question; return its kind and what it concerned, or None if nothing is left."""
    with state.change() as change:
        last = change.execute(
            "SELECT * FROM event WHERE grader = ? AND question = ? AND NOT undone ORDER BY number DESC LIMIT 1", (grader, question)
        ).fetchone()
        if last is None:
            return None
        subject, before = last["subject"], json.loads(last["before"])
        if last["kind"] == "item":
            change.execute("DELETE FROM item WHERE question = ? AND name = ?", (question, subject))
            if before:
                columns = ("question", "name", "kind", "points", "text", "told", "gone")
                change.execute("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)", [before[c] for c in columns])
            enter_later(change, question)
        else:
            if last["kind"] == "reading":
                change.execute("DELETE FROM reading WHERE question = ? AND digest = ? AND grader = ?", (question, subject, grader))
                if before["reading"]:
                    _store(change, _of(before["reading"]))
            change.execute("DELETE FROM settled WHERE question = ? AND digest = ?", (question, subject))
            if before["settled"]:
                change.execute("INSERT INTO settled VALUES (?, ?, ?)", (question, subject, before["settled"]))
            enter_later(change, question, subject)
        change.execute("UPDATE event SET undone = 1 WHERE number = ?", (last["number"],))
        return last["kind"], subject


def readings_of(state: State, question: str, digest: str) -> list[Reading]:
    """The readings of one answer, in order."""
    rows = state.rows("SELECT * FROM reading WHERE question = ? AND digest = ? ORDER BY at, grader", question, digest)
    return [_of(row) for row in rows]


def readings(state: State, question: str) -> dict[str, list[Reading]]:
    """All readings of a question: digest -> readings, in the order in which each grader first read the answer."""
    found: dict[str, list[Reading]] = {}
    for row in state.rows("SELECT * FROM reading WHERE question = ? ORDER BY at, grader", question):
        found.setdefault(row["digest"], []).append(_of(row))
    return found


def counting(state: State, question: str) -> dict[str, Reading]:
    """For every answer that has been read, the reading that counts: the settled one, else the first."""
    settled = {row["digest"]: row["grader"] for row in state.rows("SELECT digest, grader FROM settled WHERE question = ?", question)}
    found = {}
    for digest, several in readings(state, question).items():
        done = [r for r in several if r.state == "read"]
        chosen = next((r for r in done if r.grader == settled.get(digest)), done[0] if done else None)
        if chosen is not None:
            found[digest] = chosen
    return found


def enter_later(change: Connection, question: str, digest: str | None = None) -> None:
    """Note that the marks of everybody with an answer, or of the whole question, must be entered into the gradebook."""
    number = change.execute("SELECT coalesce(max(number), 0) + 1 FROM due").fetchone()[0]
    only, values = ("", (number, question)) if digest is None else (" AND digest = ?", (number, question, digest))
    change.execute(f"INSERT OR REPLACE INTO due SELECT question, student, ? FROM answer WHERE question = ?{only}", values)


def _store(change: Connection, r: Reading) -> None:
    values = (r.question, r.digest, r.grader, r.state, json.dumps(r.marks), r.comment, r.note, r.seconds, r.at)
    change.execute("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def _of(row: Any) -> Reading:
    marks = row["marks"]
    fields = ("question", "digest", "grader", "state", "comment", "note", "seconds", "at")
    return msgspec.convert({f: row[f] for f in fields} | {"marks": json.loads(marks) if isinstance(marks, str) else marks}, Reading)


def _plain(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else dict(row)


def _log(change: Connection, event: str, grader: str, kind: str, question: str, subject: str, before: Any, after: Any) -> None:
    """Record what was done, for undoing it and for the history."""
    values: Sequence[Any] = (event, grader, kind, question, subject, json.dumps(before), json.dumps(after), time.time())
    change.execute("INSERT INTO event (id, grader, kind, question, subject, before, after, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
