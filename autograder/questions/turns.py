"""Which answer a grader reads next: first those that all graders read, then the grader's own share, then second readings."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator
from sqlite3 import Connection
from typing import Literal

import msgspec

from autograder.questions.answers import EMPTY, Answers
from autograder.questions.graders import Grader, readers
from autograder.questions.state import State

CALIBRATION = 5
"""Number of answers to a question that every grader reads before the shares open."""
LOCK_S = 120.0
"""How long an answer stays locked for a grader who shows no activity."""
SECOND_PERCENT = "second_percent"
DEFAULT_SECOND = 10

Kind = Literal["calibration", "share", "second", "asked", "open", "chosen"]


class Turn(msgspec.Struct, frozen=True):
    """An answer to read, and why this grader reads it."""

    digest: str
    kind: Kind


class Progress(msgspec.Struct, frozen=True):
    """The progress of reading a question. Counts students, unless it says answers."""

    students: int
    """Who wrote something."""
    done: int
    answers: int
    """Different ones."""
    answers_done: int
    mine: int
    """Answers that this grader still has to read."""
    asked: int
    """Answers that are waiting for the instructor."""


class Turns:
    """Gives every grader something to read, and no answer to two of them at the same time unless both must read it.

    Parameters
    ----------
    answers : of the class, refreshed.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers, self._state = answers, answers.state

    def deal(self, question: str) -> None:
        """If there are several graders, give every new answer to one: some to all of them, the others in turn, a few twice."""
        names = readers(self._state, question)
        if len(names) < 2:
            return
        digests = self._in_drawn_order(question)
        percent = int(self._state.setting(SECOND_PERCENT, str(DEFAULT_SECOND)))
        with self._state.change() as change:
            dealt = self._digests("SELECT DISTINCT digest FROM share WHERE question = ?", question)
            known = self._digests("SELECT DISTINCT digest FROM reading WHERE question = ?", question)
            fresh = [d for d in digests if d not in dealt and d not in known]
            if not dealt and not known:
                # Drawn from all answers that are not empty, regardless of how many students gave them.
                shared = sorted((d for d in fresh if d != EMPTY), key=lambda d: self._answers.pseudonym(question, d))[:CALIBRATION]
                for digest, name in ((d, n) for d in shared for n in names):
                    _share(change, question, digest, name, "calibration")
                fresh = [d for d in fresh if d not in shared]
            counts = Counter(dict.fromkeys(names, 0))
            query = "SELECT grader, count(*) FROM share WHERE question = ? AND kind = ? GROUP BY grader"
            counts.update({n: c for n, c in change.execute(query, (question, "share")) if n in counts})
            seconds = Counter(dict.fromkeys(names, 0))
            seconds.update({n: c for n, c in change.execute(query, (question, "second")) if n in seconds})
            for digest in fresh:
                first = min(names, key=lambda n: (counts[n], n))
                _share(change, question, digest, first, "share")
                counts[first] += 1
                if sum(seconds.values()) * 100 < percent * sum(counts.values()):
                    second = min((n for n in names if n != first), key=lambda n: (seconds[n], n))
                    _share(change, question, digest, second, "second")
                    seconds[second] += 1

    def deal_anew(self, question: str) -> None:
        """Deal unread answers again, for example after a change of graders."""
        with self._state.change() as change:
            unread = "digest NOT IN (SELECT digest FROM reading WHERE reading.question = share.question)"
            change.execute(f"DELETE FROM share WHERE question = ? AND kind != 'calibration' AND {unread}", (question,))
        self.deal(question)

    def open_shares(self, question: str) -> None:
        """Let the graders read their shares, even if some have not read the shared answers."""
        with self._state.change() as change:
            change.execute("INSERT OR IGNORE INTO opened VALUES (?)", (question,))

    def waits_for(self, question: str) -> list[str]:
        """Who still has to read shared answers before the shares open."""
        if self._state.value("SELECT 1 FROM opened WHERE question = ?", question):
            return []
        shared = "SELECT grader FROM share WHERE question = ? AND kind = 'calibration' AND NOT EXISTS (SELECT 1 FROM reading r"
        shared += " WHERE r.question = share.question AND r.digest = share.digest AND r.grader = share.grader AND r.state = 'read')"
        names = {row["grader"] for row in self._state.rows(shared, question)}
        return [name for name in readers(self._state, question) if name in names]

    def next(self, question: str, grader: Grader, without: Collection[str] = (), asked: bool = False) -> Turn | None:
        """The next answer for a grader, locked for the others; None if there is none.

        Parameters
        ----------
        without : answers that the grader already has.
        asked : only answers that graders have asked about.
        """
        for turn in self._candidates(question, grader, asked):
            if turn.digest not in without and (turn.kind in ("calibration", "second") or self.lock(question, turn.digest, grader.name)):
                return turn
        return None

    def lock(self, question: str, digest: str, grader: str) -> bool:
        """Lock an answer for a grader, or lock it longer; False if somebody else is reading it."""
        now = time.time()
        with self._state.change() as change:
            held = change.execute("SELECT grader, until FROM lock WHERE question = ? AND digest = ?", (question, digest)).fetchone()
            if held is not None and held["grader"] != grader and held["until"] > now:
                return False
            change.execute("INSERT OR REPLACE INTO lock VALUES (?, ?, ?, ?)", (question, digest, grader, now + LOCK_S))
        return True

    def locked_by(self, question: str, digest: str) -> str:
        """Who is reading an answer now; empty if nobody is."""
        query = "SELECT grader FROM lock WHERE question = ? AND digest = ? AND until > ?"
        return str(self._state.value(query, question, digest, time.time()) or "")

    def release(self, question: str, grader: str, but: Collection[str] = ()) -> None:
        """Unlock answers that a grader is not reading now."""
        with self._state.change() as change:
            mine = change.execute("SELECT digest FROM lock WHERE question = ? AND grader = ?", (question, grader)).fetchall()
            gone = [(question, row["digest"]) for row in mine if row["digest"] not in but]
            change.executemany("DELETE FROM lock WHERE question = ? AND digest = ?", gone)

    def progress(self, question: str, grader: Grader) -> Progress:
        """The progress of the reading."""
        sizes = self._sizes(question)
        done = self.done(question)
        asked = self._asked(question)
        mine = sum(1 for _ in self._candidates(question, grader, asked=False))
        return Progress(
            students=sum(sizes.values()),
            done=sum(size for digest, size in sizes.items() if digest in done),
            answers=len(sizes),
            answers_done=len(done & sizes.keys()),
            mine=mine,
            asked=len(asked & sizes.keys()),
        )

    def done(self, question: str) -> set[str]:
        """Answers that have been read: here, or in the formgrader for each of their students."""
        outside = "SELECT a.digest FROM answer a LEFT JOIN outside o ON o.question = a.question AND o.student = a.student"
        outside += " WHERE a.question = ? GROUP BY a.digest HAVING count(*) = count(o.student)"
        return self._digests("SELECT DISTINCT digest FROM reading WHERE question = ? AND state = 'read'", question) | self._digests(
            outside, question
        )

    def _candidates(self, question: str, grader: Grader, asked: bool) -> Iterator[Turn]:
        """Everything that a grader should read, in order."""
        order = self._in_drawn_order(question)
        there = set(order)
        waiting = self._asked(question)
        if asked:
            yield from (Turn(d, "asked") for d in order if d in waiting)
            return
        names = readers(self._state, question)
        if names and not grader.is_head and grader.name not in names:
            return
        done = self.done(question) | waiting
        if len(names) < 2:
            yield from (Turn(d, "open") for d in order if d not in done)
            return
        rows = self._state.rows("SELECT digest, grader, kind FROM share WHERE question = ?", question)
        mine = {(row["kind"], row["digest"]) for row in rows if row["grader"] == grader.name and row["digest"] in there}
        read = self._digests("SELECT digest FROM reading WHERE question = ? AND grader = ?", question, grader.name)
        shared = [d for d in order if ("calibration", d) in mine and d not in read]
        yield from (Turn(d, "calibration") for d in shared)
        if not grader.is_head and (shared or self.waits_for(question)):
            return
        of_all = {row["digest"] for row in rows if row["kind"] == "calibration"}
        if grader.is_head:
            yield from (Turn(d, "open") for d in order if d not in done and d not in of_all)
            return
        yield from (Turn(d, "share") for d in order if ("share", d) in mine and d not in done)
        first = self._digests("SELECT digest FROM reading WHERE question = ? AND grader != ? AND state = 'read'", question, grader.name)
        yield from (Turn(d, "second") for d in order if ("second", d) in mine and d in first - read)

    def _in_drawn_order(self, question: str) -> list[str]:
        """Different answers in an order that reveals nothing; those that several students gave come first."""
        sizes = self._sizes(question)
        return sorted(sizes, key=lambda digest: (-sizes[digest], self._answers.pseudonym(question, digest)))

    def _sizes(self, question: str) -> dict[str, int]:
        rows = self._state.rows("SELECT digest, count(*) AS size FROM answer WHERE question = ? GROUP BY digest", question)
        return {row["digest"]: row["size"] for row in rows}

    def _asked(self, question: str) -> set[str]:
        """Answers that a grader has passed to the instructor and that are undecided."""
        asked = self._digests("SELECT digest FROM reading WHERE question = ? AND state = 'asked'", question)
        return asked - self._digests("SELECT digest FROM settled WHERE question = ?", question)

    def _digests(self, query: str, *values: str) -> set[str]:
        return {row["digest"] for row in self._state.rows(query, *values)}


def _share(change: Connection, question: str, digest: str, grader: str, kind: str) -> None:
    change.execute("INSERT OR IGNORE INTO share VALUES (?, ?, ?, ?)", (question, digest, grader, kind))


def pace(state: State, grader: str) -> float | None:
    """The median seconds that a grader took for the last answers; None if there are too few."""
    rows = state.rows("SELECT seconds FROM reading WHERE grader = ? AND seconds > 0 ORDER BY at DESC LIMIT 20", grader)
    times = sorted(row["seconds"] for row in rows)
    return times[len(times) // 2] if len(times) >= 3 else None
