"""The only writer of marks: results go into nbgrader's gradebook, one submission after the other.

What the gradebook was given is remembered beside the results, one file for each submission: ``key`` (what was entered, None
while it is being entered), ``score``, ``tasks`` (id -> points), ``parts`` (what the result was made from), ``seconds``, and
``open``: what must be known of the time before, to end an entering that was cut short.
"""

from __future__ import annotations

import hashlib
import os
import time
import warnings

from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import capture_log, temp_attrs

from autograder.collect.deliveries import collected_notes
from autograder.gradebook.write_result import Entering, answers, usual
from autograder.results.digests import Parts
from autograder.results.documents import Document
from autograder.results.store import Results
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import WorkspaceError


class Autograding(Autograde):  # type: ignore[misc]
    """nbgrader's autograde, which also takes a submission without a single notebook."""

    notebook = ""

    def init_notebooks(self) -> None:
        """List what to grade; the hook in `autograder.gradebook.stage` adds the other notebooks of the assignment."""
        try:
            super().init_notebooks()
        except NbGraderException:
            self.assignments: dict[str, list[str]] = {}
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        if folder not in self.assignments and os.path.isdir(folder):
            self.assignments[folder] = [os.path.join(folder, f"{self.notebook}.ipynb")]


class Recorder:
    """Writes result documents into the gradebook; doing it twice changes nothing."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.workspace = results.workspace
        self._api: NbGraderAPI | None = None
        self._entering: Entering | None = None

    def needed(self, student: str, assignment: str, key: str) -> bool:
        """Whether the gradebook does not hold that result yet."""
        notebooks = self.results.course.assignment(assignment).notebooks
        folder = self.workspace.autograded(student, assignment)
        shown = all((folder / f"{name}.ipynb").is_file() for name in notebooks)
        return not shown or self.results.recorded(student, assignment).get("key") != self._record_key(student, assignment, key)

    def record(self, student: str, assignment: str, key: str, document: Document, parts: Parts | None = None) -> None:
        """Enter one result, keeping what people have graded by hand. Cut short at any moment, it is entered whole the next time.

        Parameters
        ----------
        parts : digests of what the result was made from, to say later why marks moved.

        Raises
        ------
        Obstacle
            When nobody's result can be entered.
        WorkspaceError
            When nbgrader could not do it; the message says what it said.
        """
        started = time.monotonic()
        if self._api is None:
            self._api = nbgrader_api.api(self.workspace)
            self._entering = Entering(self.workspace, self.results.course, self._api)
        entry = self.results.recorded(student, assignment)
        if self._entering is not None and usual(self._entering.app) and "open" not in entry:
            if entry:  # from here on the gradebook may hold something else than was remembered
                self.results.set_recorded(student, assignment, {**entry, "key": None})
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # nbgrader's own, about how it uses its database
                self._entering.enter(student, assignment, document)
        else:
            self._through_nbgrader(self._api, student, assignment)
        tasks = {t["id"]: t["score"] for t in document["tasks"]}
        entry = {"key": self._record_key(student, assignment, key), "score": document["score"], "tasks": tasks, "parts": parts or {}}
        self.results.set_recorded(student, assignment, {**entry, "seconds": round(time.monotonic() - started, 3)})

    def close(self) -> None:
        """Give the connection to the gradebook back."""
        if self._entering is not None:
            self._entering.close()

    def _through_nbgrader(self, api: NbGraderAPI, student: str, assignment: str) -> None:
        """The long way, through nbgrader's own converter: for a workspace whose instructor has changed what it does."""
        by_hand, before = self._open(student, assignment)
        self._autograde(api, student, assignment)
        self._settle(student, assignment, by_hand, before)

    def _open(self, student: str, assignment: str) -> tuple[dict[str, float | None], dict[str, str]]:
        """Cells graded by hand and the answers they stand for, from before this entering or the one that was cut short.

        nbgrader overwrites both in several steps, so they are written down first.
        """
        entry = self.results.recorded(student, assignment)
        interrupted = entry.get("open", {})
        with nbgrader_api.gradebook(self.workspace) as book:
            by_hand = {**interrupted.get("by_hand", {}), **_graded_by_hand(book, student, assignment)}
        before = (interrupted.get("answers") or answers(self.workspace.autograded(student, assignment))) if by_hand else {}
        if entry or by_hand:
            opened = {"by_hand": by_hand, "answers": before}
            self.results.set_recorded(student, assignment, {**entry, "key": None, "open": opened})
        return by_hand, before

    def _autograde(self, api: NbGraderAPI, student: str, assignment: str) -> None:
        with temp_attrs(api.coursedir, assignment_id=assignment, student_id=student):
            app = Autograding(coursedir=api.coursedir, parent=api)
            app.notebook = self.results.course.assignment(assignment).notebooks[0]
            app.force = True
            outcome = nbgrader_api.run(self.workspace, "autograde", lambda: capture_log(app))
        if not outcome["success"]:
            raise WorkspaceError(f"nbgrader could not record it: {_cause(outcome)} (all of it: {self.workspace.logs / 'autograde.log'})")

    def _settle(self, student: str, assignment: str, by_hand: dict[str, float | None], before: dict[str, str]) -> None:
        """nbgrader asks for another look at everything graded by hand; spare people what has not changed."""
        if not by_hand:
            return
        after = answers(self.workspace.autograded(student, assignment))
        with nbgrader_api.gradebook(self.workspace) as book:
            for name, grade in _grades(book, student, assignment).items():
                if name in by_hand and by_hand[name] == grade.auto_score and before.get(name) == after.get(name):
                    grade.needs_manual_grade = False
            book.db.commit()

    def _record_key(self, student: str, assignment: str, key: str) -> str:
        """What the graded copy depends on beside the result: lateness, the released notebooks, notes of the collection."""
        digest = hashlib.sha256(key.encode())
        timestamp = self.workspace.submitted(student, assignment) / "timestamp.txt"
        released = [self.workspace.released(assignment) / f"{n}.ipynb" for n in self.results.course.assignment(assignment).notebooks]
        for path in (timestamp, *released):
            digest.update(path.read_bytes() if path.is_file() else b"-")
        digest.update(repr(collected_notes(self.workspace, student, assignment)).encode())
        return digest.hexdigest()


def _cause(outcome: nbgrader_api.Outcome) -> str:
    """The exception that nbgrader logged; its own last words only say that there was one."""
    lines = outcome.get("log", "").splitlines()
    named = [line for line in lines if line and not line.startswith((" ", "[")) and ":" in line and "Traceback" not in line]
    return named[-1][:300] if named else nbgrader_api.last_words(outcome)


def _grades(book: Gradebook, student: str, assignment: str) -> dict[str, Grade]:
    try:
        submission = book.find_submission(assignment, student)
    except MissingEntry:
        return {}
    return {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}


def _graded_by_hand(book: Gradebook, student: str, assignment: str) -> dict[str, float | None]:
    """Cells that a person has graded and that wait for nobody -> their automatic score."""
    grades = _grades(book, student, assignment)
    return {name: g.auto_score for name, g in grades.items() if g.manual_score is not None and not g.needs_manual_grade}
