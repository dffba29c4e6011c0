"""Enters readings as marks into the gradebook: each is entered once, and marks given in the formgrader are not changed.

A mark is due from the change that caused it until the gradebook has it. Marks are noted before they are entered, so that after a kill
in between, one of our marks is not mistaken for one from the formgrader.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from autograder.generate.rubric import AskedQuestion
from autograder.gradebook.hand_marks import HandMark, HandMarkWriter, Place, hand_marks
from autograder.manifest import Course
from autograder.questions.items import Marked, clicks, marked
from autograder.questions.readings import counting
from autograder.questions.state import State
from autograder.workspace.workspace import Workspace, WorkspaceError

AT_ONCE = 500


class Entering:
    """Enters the marks of one assignment; several processes may do so at the same time.

    Parameters
    ----------
    questions : by their ids.
    """

    def __init__(self, workspace: Workspace, course: Course, assignment: str, state: State, questions: Mapping[str, AskedQuestion]) -> None:
        self._workspace, self._assignment, self._state, self._questions = workspace, assignment, state, questions
        self._writer = HandMarkWriter(workspace, course, assignment)
        self._seen = (0, 0)
        self.problem = ""
        """Why marks are waiting, in words; empty if none are."""
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connection to the gradebook."""
        self._writer.close()

    def look(self) -> None:
        """Compare with the gradebook if it has changed: who was given a mark elsewhere, and which of our marks are missing."""
        try:
            stat = self._workspace.gradebook.stat()
        except FileNotFoundError:
            return
        if (stat.st_mtime_ns, stat.st_size) == self._seen:
            return
        held = hand_marks(self._workspace, self._assignment, self._questions)
        known = {(row["student"], row["question"]): row for row in self._state.rows("SELECT * FROM entered")}
        wanted = {question: set(counting(self._state, question)) for question in self._questions}
        rows = self._state.rows("SELECT question, student, digest FROM answer")
        outside = [(q, s, mark.score) for (s, q), mark in held.items() if not mark.waiting and _is_foreign(mark, known.get((s, q)))]
        lacking = [
            (row["question"], row["student"])
            for row in rows
            if row["digest"] in wanted.get(row["question"], ()) and _is_lacking(held.get((row["student"], row["question"])), known, row)
        ]
        answered = {(row["student"], row["question"]) for row in rows}
        # Our marks for answers that no longer exist: the student has handed in again without them.
        lacking += [(q, s) for (s, q), row in known.items() if row["score"] is not None and (s, q) not in answered]
        with self._state.change() as change:
            change.execute("DELETE FROM outside")
            change.executemany("INSERT OR REPLACE INTO outside VALUES (?, ?, ?)", outside)
            change.executemany("INSERT OR IGNORE INTO due VALUES (?, ?, 0)", lacking)
        self._seen = (stat.st_mtime_ns, stat.st_size)

    def enter_due(self) -> None:
        """Enter what is due; marks that cannot be entered now stay due, and `problem` says why."""
        with self._lock:
            while rows := self._state.rows("SELECT question, student, number FROM due ORDER BY number LIMIT ?", AT_ONCE):
                try:
                    self._enter(rows)
                except WorkspaceError as error:
                    self.problem = str(error)
                    return
            self.problem = ""

    def left(self) -> int:
        """How many marks are waiting to be entered."""
        return int(self._state.value("SELECT count(*) FROM due"))

    def _enter(self, rows: list[Any]) -> None:
        wanted = self._wanted(rows)
        known = {place: row for place in wanted if (row := self._entered(place)) is not None}
        with self._state.change() as change:
            for (student, question), (digest, mark) in wanted.items():
                change.execute("INSERT OR IGNORE INTO entered VALUES (?, ?, ?, NULL, NULL, NULL, NULL)", (question, student, digest))
                meant = (mark.score if mark else None, mark.comment if mark else None, question, student)
                change.execute("UPDATE entered SET meant_score = ?, meant_comment = ? WHERE question = ? AND student = ?", meant)
        forced = {(row["student"], row["question"]) for row in rows if row["number"] < 0}
        left_alone: list[tuple[Place, float]] = []

        def decide(place: Place, held: HandMark) -> HandMark | None:
            digest, mark = wanted[place]
            if place not in forced and not held.waiting and _is_foreign(held, known.get(place)):
                left_alone.append((place, float(held.score or 0.0)))
                return None
            if mark is None:
                if held.score is None or _is_foreign(held, known.get(place)):
                    return None
                # The reading was undone, or the answer no longer exists, so nobody need look.
                return HandMark(None, None, waiting=bool(digest))
            return HandMark(mark.score, mark.comment or None, waiting=False)

        self._writer.write(wanted, decide)
        with self._state.change() as change:
            for (student, question), (digest, mark) in wanted.items():
                values = (mark.score if mark else None, mark.comment if mark else None, digest, question, student)
                change.execute("UPDATE entered SET score = ?, comment = ?, digest = ? WHERE question = ? AND student = ?", values)
            for (student, question), score in left_alone:
                change.execute("INSERT OR REPLACE INTO outside VALUES (?, ?, ?)", (question, student, score))
            numbers = [(row["question"], row["student"], row["number"]) for row in rows]
            change.executemany("DELETE FROM due WHERE question = ? AND student = ? AND number = ?", numbers)

    def _entered(self, place: Place) -> Any:
        return self._state.row("SELECT * FROM entered WHERE student = ? AND question = ?", *place)

    def _wanted(self, rows: list[Any]) -> dict[Place, tuple[str, Marked | None]]:
        """For each student and question: the answer, empty if there is none, and the mark, None if nobody has read it."""
        found: dict[Place, tuple[str, Marked | None]] = {}
        for question in {row["question"] for row in rows}:
            asked = self._questions.get(question)
            if asked is None:
                continue
            known, read = clicks(self._state, asked), counting(self._state, question)
            answers = self._state.rows("SELECT student, digest FROM answer WHERE question = ?", question)
            digests = {row["student"]: row["digest"] for row in answers}
            for student in (row["student"] for row in rows if row["question"] == question):
                digest = digests.get(student, "")
                reading = read.get(digest)
                mark = marked(known, set(reading.marks), reading.comment, asked.points) if reading else None
                found[student, question] = (digest, mark)
        return found


def _is_foreign(held: HandMark, known: Any) -> bool:
    """Whether the mark in the gradebook was given elsewhere."""
    if held.score is None:
        return False
    if known is None:
        return True
    ours = [(known["score"], known["comment"] or None), (known["meant_score"], known["meant_comment"] or None)]
    return (held.score, held.comment or None) not in ours


def _is_lacking(held: HandMark | None, known: Mapping[Place, Any], row: Any) -> bool:
    """Whether a reading counts whose mark is not in the gradebook."""
    entered = known.get((row["student"], row["question"]))
    if held is None:
        return False
    return held.score is None or held.waiting or (entered is not None and entered["digest"] != row["digest"])
