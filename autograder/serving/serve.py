"""Serves in rounds: collect, grade what is new, answer."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.collect.download import collect_download
from autograder.collect.exchange import collect_exchange
from autograder.engine.early import Tell, early_lines, points_of, receipt
from autograder.gradebook.former_deadlines import begin_deadlines
from autograder.intake.digest import submission_digest
from autograder.manifest import Course
from autograder.outgoing.leaks import leaks
from autograder.pages.render import render
from autograder.paths import write_atomically
from autograder.results.documents import Document
from autograder.results.store import Grader, Results
from autograder.runs.grade import grade
from autograder.serving.ledger import Ledger
from autograder.serving.through_exchange import release_through_exchange
from autograder.serving.until import AnswerTimes
from autograder.times import shown
from autograder.titles import full_titles
from autograder.workspace.workspace import Workspace, WorkspaceError

SETTLED_S = 3.0
"""A file written more recently than this may still be incomplete."""


@dataclass(frozen=True)
class Terms:
    """What an instructor grants.

    Parameters
    ----------
    tell : what is said before the deadline.
    attempts : graded answers for each student; 0 for any number.
    inbox : the folder in which hand-ins arrive; None for nbgrader's exchange.
    answers : the folder for the answers, with a folder for each student in it.
    """

    answers: Path
    tell: Tell = Tell.POINTS
    attempts: int = 0
    inbox: Path | None = None


@dataclass
class Round:
    """What one round did."""

    answered: list[str] = field(default_factory=list)
    used_up: list[str] = field(default_factory=list)
    """Those whose attempts are used up."""
    failed: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    """Files that belong to nobody, each with the reason."""
    waiting: str = ""
    """Why nothing was done, for example because another command is at work."""
    closed: bool = False
    """Whether everybody's deadline has passed, after which there are no early answers."""
    only: list[str] = field(default_factory=list)
    """Students whose deadline has not passed although that of the class has."""


class Server:
    """Serves one assignment of one workspace.

    Parameters
    ----------
    now : the time, for tests.
    grader : what grades one submission in this process, for tests.
    """

    def __init__(
        self,
        workspace: Workspace,
        course: Course,
        assignment: str,
        terms: Terms,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        grader: Grader | None = None,
    ) -> None:
        if not workspace.released(assignment).is_dir():
            raise WorkspaceError(f"{assignment} is not released in {workspace.root}: run `autograder release {assignment}` first")
        self.workspace, self.course, self.assignment, self.terms = workspace, course, assignment, terms
        self.now, self.grader = now, grader
        self.ledger = Ledger(workspace, assignment)
        begin_deadlines(workspace, course.zone)

    def run(self, every_s: float, stop: Callable[[], bool], say: Callable[[Round], None]) -> None:
        """Serve until somebody asks to stop, or everybody's deadline has passed."""
        while not stop():
            done = self.round()
            say(done)
            if done.closed:
                return
            until = time.monotonic() + every_s
            while not stop() and time.monotonic() < until:
                time.sleep(min(0.5, every_s))

    def round(self) -> Round:
        """Collect, grade and answer once. A problem that concerns everybody is in the result, and the next round tries again."""
        done = Round()
        try:
            times = AnswerTimes(self.workspace, self.assignment)
            if (later := times.later(self.now())) is not None:
                done.only, done.closed = later, not later
            if not done.closed:
                self._collect(done)
                self._answer(done, times)
        except WorkspaceError as error:
            done.waiting = str(error)
        return done

    def _collect(self, done: Round) -> None:
        inbox = self.terms.inbox
        if inbox is None:
            collected = collect_exchange(self.workspace, self.course, self.assignment)
        elif self._has_settled(inbox):
            collected = collect_download(self.workspace, self.course, self.assignment, inbox)
        else:
            return
        done.unread = [str(entry) for entry in collected.unread]

    def _has_settled(self, inbox: Path) -> bool:
        """Whether anything is in the folder, and nothing in it is still being written."""
        newest = max((p.stat().st_mtime for p in inbox.rglob("*") if p.is_file() and not p.is_symlink()), default=None)
        return newest is not None and time.time() - newest >= SETTLED_S

    def _answer(self, done: Round, times: AnswerTimes) -> None:
        """Grade and answer what has not been answered yet."""
        new: dict[str, str] = {}
        for student in self.workspace.students(self.assignment):
            if not times.is_open(student, self.now()):
                continue
            digest = submission_digest(self.workspace.submitted(student, self.assignment))
            if not self.ledger.knows(student, digest):
                new[student] = digest
        limit = self.terms.attempts
        over = [s for s in new if limit and self.ledger.attempts(s) >= limit]
        graded = [s for s in new if s not in over]
        if graded:
            report = grade(self.workspace, self.course, self.assignment, only=graded, grader=self.grader)
            done.failed = {row.student: row.failure or "" for row in report.failures}
        results = Results(self.workspace, self.course, self.grader)
        for student in graded:
            document = results.load(results.key(student, self.assignment))
            if student in done.failed or document is None:
                continue
            self.ledger.add(student, new[student], graded=True)
            self._write(student, document, done, times.of(student))
        for student in over:
            self.ledger.add(student, new[student], graded=False)
            self._write(student, None, done, times.of(student))

    def _write(self, student: str, document: Document | None, done: Round, until: datetime | None) -> None:
        """Search the answer for one student for what students must not see, and write it."""
        page = self.page(student, document, until)
        with tempfile.TemporaryDirectory() as work:
            (Path(work) / "answer.html").write_text(page, encoding="utf-8")
            own = self.workspace.submitted(student, self.assignment)
            if found := leaks(self.course, Path(work), self.workspace.seed(), own=own):
                done.failed[student] = "not answered, because the page shows what students must not see: " + "; ".join(found[:3])
                return
        write_atomically(self.terms.answers / student / f"{self.assignment}.html", page)
        if self.terms.inbox is None:
            release_through_exchange(self.workspace, self.course, self.assignment, student, page)
        (done.answered if document is not None else done.used_up).append(student)

    def page(self, student: str, document: Document | None, until: datetime | None) -> str:
        """The answer as HTML; without a document it says that the attempts are used up.

        Parameters
        ----------
        until : the deadline of the student, with a zone.
        """
        names = full_titles(self.course)
        tasks = [] if document is None or self.terms.tell is Tell.RECEIVED else document["tasks"]
        return render(
            "early.html.j2",
            title=f"{self.course.assignment(self.assignment).title}: what arrived",
            student=student,
            time=f"{self.now():%Y-%m-%d %H:%M} UTC",
            attempt=self.ledger.attempts(student),
            attempts=self.terms.attempts,
            used_up=document is None,
            until=shown(until.replace(tzinfo=None), self.course.zone) if until else "",
            lines=receipt(document) if document is not None else [],
            total=points_of(document) if tasks and document is not None else "",
            tasks=[(names[t["id"]], t, early_lines(self.course, t, self.terms.tell)) for t in tasks],
        )
