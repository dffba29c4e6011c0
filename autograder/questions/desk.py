"""What the pages show and change: everything that is known about one assignment, put together for one grader at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from autograder.generate.notebooks import asked_questions
from autograder.generate.rubric import AskedQuestion
from autograder.manifest import Course
from autograder.pages.text_html import text_html
from autograder.questions.answers import Answers
from autograder.questions.entering import Entering
from autograder.questions.graders import Grader, readers
from autograder.questions.items import Click, clicks, marked
from autograder.questions.readings import counting, readings_of
from autograder.questions.state import State, database_path
from autograder.questions.turns import Kind, Turn, Turns, pace
from autograder.titles import titles
from autograder.workspace.workspace import Workspace, WorkspaceError

REFRESH_S = 2.0
"""How long data read from the class counts as current."""
Data = dict[str, Any]


class Desk:
    """One assignment, as a grader works on it.

    Raises
    ------
    WorkspaceError
        When the assignment has no question.
    """

    def __init__(self, workspace: Workspace, course: Course, assignment: str) -> None:
        self.workspace, self.course, self.assignment = workspace, course, assignment
        self.questions = _asked(course, assignment)
        if not self.questions:
            raise WorkspaceError(f"{assignment} has no question that a person grades")
        self.titles = titles(course)
        path = database_path(workspace, assignment)
        self.state = State(path)
        self.answers = Answers(workspace, course, assignment, self.state)
        self.turns = Turns(self.answers)
        # It works in its own thread, on its own connections.
        self._entering_state = State(path)
        self.entering = Entering(workspace, course, assignment, self._entering_state, self.questions)
        self._refreshed = 0.0
        self._fixed: dict[str, Data] = {}

    def close(self) -> None:
        """Close all connections."""
        self.entering.close()
        self._entering_state.close()
        self.state.close()

    def prepare(self) -> None:
        """Do in advance what the first pages would wait for: read the class, and start the process that lays out texts."""
        with ThreadPoolExecutor(1) as other:
            laid_out = other.submit(lambda: [self.question(name) for name in self.questions])
            self.refresh()
            laid_out.result()

    def refresh(self) -> None:
        """Read what has changed in the class, and give new answers to graders."""
        if time.monotonic() - self._refreshed < REFRESH_S:
            return
        if self.answers.refresh() or not self._refreshed:
            for question in self.questions:
                self.turns.deal(question)
        self._refreshed = time.monotonic()

    def overview(self, grader: Grader) -> list[Data]:
        """The questions, each with its progress."""
        return [
            {
                "id": q.id,
                "title": self.titles[q.id],
                "notebook": self._notebook_title(q.notebook),
                "points": q.points,
                "progress": self.turns.progress(q.id, grader),
                "waits_for": self.turns.waits_for(q.id),
                "readers": readers(self.state, q.id),
            }
            for q in self.questions.values()
        ]

    def question(self, name: str) -> Data:
        """What is the same for every answer of a question."""
        if name not in self._fixed:
            q = self.questions[name]
            self._fixed[name] = {
                "id": q.id,
                "title": self.titles[q.id],
                "notebook": self._notebook_title(q.notebook),
                "points": q.points,
                "prompt": text_html(q.prompt, levels=2),
                "answer": text_html(q.answer, levels=2),
                "note": q.rubric.note,
            }
        return self._fixed[name]

    def clicks(self, name: str) -> list[Data]:
        """What graders can tick, each with the number of answers that have it."""
        used: Counter[str] = Counter()
        for reading in counting(self.state, name).values():
            used.update(reading.marks)
        found = clicks(self.state, self.questions[name])
        order = {click.name: n for n, click in enumerate(found)}
        # Comments that are used most come first.
        found.sort(key=lambda c: (c.kind == "comment", -used[c.name] if c.kind == "comment" else 0, order[c.name]))
        return [{**msgspec.to_builtins(click), "used": used[click.name], "html": _line(click)} for click in found]

    def turn(self, name: str, grader: Grader, without: Collection[str] = (), asked: bool = False) -> Data:
        """The next answer to a question, and the progress of the reading."""
        turn = self.turns.next(name, grader, without, asked)
        return {"answer": self.answer(name, turn, grader) if turn else None, **self.around(name, grader)}

    def around(self, name: str, grader: Grader) -> Data:
        """What changes on the page in addition to the answers."""
        progress = self.turns.progress(name, grader)
        seconds = pace(self.state, grader.name)
        return {
            "progress": msgspec.to_builtins(progress),
            "minutes": None if seconds is None else round(seconds * progress.mine / 60, 1),
            "waits_for": [] if grader.is_head else self.turns.waits_for(name),
            "waiting": self.entering.left() if self.entering.problem else 0,
        }

    def answer(self, name: str, turn: Turn, grader: Grader) -> Data:
        """One answer as a grader sees it; only head graders see what others gave."""
        question, digest = self.questions[name], turn.digest
        known = clicks(self.state, question)
        several = readings_of(self.state, name, digest)
        given = several if grader.is_head else []
        mine = next((r for r in several if r.grader == grader.name), None)
        asked = next((r for r in given if r.state == "asked"), None)
        start = mine or asked or (given[0] if given else None)
        members = self.answers.members(name, digest)
        return {
            "digest": digest,
            "name": self.answers.pseudonym(name, digest),
            "kind": turn.kind,
            "students": len(members),
            "html": self.answers.html(digest),
            "marks": start.marks if start else [],
            "comment": start.comment if start else "",
            "mine": mine is not None,
            "state": mine.state if mine else "",
            "asked": {"by": asked.grader, "note": asked.note} if asked else None,
            "given": [
                {"by": r.grader, "state": r.state, "score": marked(known, set(r.marks), r.comment, question.points).score} for r in given
            ],
            "before": self._before(name, digest),
            "outside": self._outside(name, members),
            "locked_by": "" if turn.kind in ("calibration", "second") else self._locked_by_another(name, digest, grader),
        }

    def chosen(self, name: str, digest: str, grader: Grader) -> Data | None:
        """A particular answer that a grader asks for: one that the grader has read, or any for a head grader."""
        there = self.answers.members(name, digest)
        own = self.state.value("SELECT 1 FROM reading WHERE question = ? AND digest = ? AND grader = ?", name, digest, grader.name)
        if not there or not (grader.is_head or own):
            return None
        kind: Kind = "chosen"
        if not self.turns.locked_by(name, digest):
            self.turns.lock(name, digest, grader.name)
        return {"answer": self.answer(name, Turn(digest, kind), grader), **self.around(name, grader)}

    def take_over(self, name: str, digest: str) -> None:
        """Let the reading here count even if a mark was given in the formgrader."""
        with self.state.change() as change:
            for student in self.answers.members(name, digest):
                gone = change.execute("DELETE FROM outside WHERE question = ? AND student = ?", (name, student)).rowcount
                if gone:
                    # A negative number means that the gradebook's mark is overwritten.
                    number = change.execute("SELECT min(coalesce(min(number), 0), 0) - 1 FROM due").fetchone()[0]
                    change.execute("INSERT OR REPLACE INTO due VALUES (?, ?, ?)", (name, student, number))

    def _before(self, name: str, digest: str) -> list[float]:
        """Scores of students who have changed their answer since it was read."""
        query = "SELECT DISTINCT e.score FROM entered e JOIN answer a ON a.question = e.question AND a.student = e.student"
        query += " WHERE a.question = ? AND a.digest = ? AND e.digest != a.digest AND e.score IS NOT NULL ORDER BY e.score"
        return [row["score"] for row in self.state.rows(query, name, digest)]

    def _outside(self, name: str, members: list[str]) -> list[float]:
        """Marks that were given in the formgrader to students with this answer."""
        marks = {row["student"]: row["score"] for row in self.state.rows("SELECT student, score FROM outside WHERE question = ?", name)}
        return sorted(marks[student] for student in members if student in marks)

    def _locked_by_another(self, name: str, digest: str, grader: Grader) -> str:
        holder = self.turns.locked_by(name, digest)
        return "" if holder == grader.name else holder

    def _notebook_title(self, name: str) -> str:
        return next((n.title for n in self.course.notebooks if n.name == name), name)


def _line(click: Click) -> str:
    """A line of a rubric with its formulas set."""
    return text_html(click.text).strip().removeprefix("<p>").removesuffix("</p>") if "$" in click.text or "`" in click.text else ""


def _asked(course: Course, assignment: str) -> dict[str, AskedQuestion]:
    wanted = {q.id for q in course.questions_of(assignment)}
    found: dict[str, AskedQuestion] = {}
    for notebook in course.notebooks:
        if notebook.name in course.assignment(assignment).notebooks and notebook.source.is_file():
            found |= {name: q for name, q in asked_questions(course, notebook).items() if name in wanted}
    return found
