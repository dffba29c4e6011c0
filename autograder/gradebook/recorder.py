"""The only writer of marks: enters results into nbgrader's gradebook, one submission after the other.

What was entered is remembered beside the results, in one file for each submission: ``key`` (what was entered, None
while it is being entered), ``score``, ``tasks`` (id -> points), ``parts`` (what the result was made from) and ``seconds``. A file may
also hold ``open``, from an interrupted run of an earlier version: see `autograder.gradebook.hand_grading`.
"""

from __future__ import annotations

import hashlib
import time
import warnings

from nbgrader.converters import Autograde

from autograder.collect.deliveries import collected_notes
from autograder.gradebook.write_result import ResultWriter
from autograder.results.digests import Parts
from autograder.results.documents import Document
from autograder.results.store import Results
from autograder.workspace import nbgrader_api


class Recorder:
    """Writes result documents into the gradebook; doing it twice changes nothing.

    Parameters
    ----------
    converter : nbgrader's converter, if nbgrader is the caller; by default one is made from the workspace's configuration.
    """

    def __init__(self, results: Results, converter: Autograde | None = None) -> None:
        self.results = results
        self.workspace = results.workspace
        self._converter = converter
        self._opened_writer: ResultWriter | None = None

    def needed(self, student: str, assignment: str, key: str) -> bool:
        """Whether that result is not in the gradebook yet."""
        recorded = self.results.recorded(student, assignment).get("key")
        return not self.complete(student, assignment) or recorded != self._record_key(student, assignment, key)

    def complete(self, student: str, assignment: str) -> bool:
        """Whether there is a graded copy with every notebook of the assignment."""
        folder = self.workspace.autograded(student, assignment)
        return all((folder / f"{name}.ipynb").is_file() for name in self.results.course.assignment(assignment).notebooks)

    def record(self, student: str, assignment: str, key: str, document: Document, parts: Parts | None = None) -> None:
        """Enter one result, keeping what people have graded by hand. If it is interrupted, the next run enters it completely.

        Nothing is entered for a student whom ``CourseDirectory.student_id_exclude`` names.

        Parameters
        ----------
        parts : digests of what the result was made from, to say later why marks changed.

        Raises
        ------
        Obstacle
            When no result can be entered.
        WorkspaceError
            When this result cannot be entered; the message says why.
        """
        started = time.monotonic()
        writer = self._writer()
        if writer.excludes(student):
            return
        before = self.results.recorded(student, assignment)
        if before:  # from here on the gradebook may differ from what was remembered
            self.results.set_recorded(student, assignment, {**before, "key": None})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's own warnings, about how it uses its database
            writer.write(student, assignment, document, before.get("open", {}))
        tasks = {t["id"]: t["score"] for t in document["tasks"]}
        entry = {"key": self._record_key(student, assignment, key), "score": document["score"], "tasks": tasks, "parts": parts or {}}
        self.results.set_recorded(student, assignment, {**entry, "seconds": round(time.monotonic() - started, 3)})

    def close(self) -> None:
        """Close the connection to the gradebook."""
        if self._opened_writer is not None:
            self._opened_writer.close()

    def _writer(self) -> ResultWriter:
        if self._opened_writer is None:
            converter = self._converter or nbgrader_api.converter(self.workspace)
            self._opened_writer = ResultWriter(self.workspace, self.results.course, converter)
        return self._opened_writer

    def _record_key(self, student: str, assignment: str, key: str) -> str:
        """What the graded copy depends on in addition to the result: lateness, the released notebooks, notes of the collection."""
        digest = hashlib.sha256(key.encode())
        timestamp = self.workspace.submitted(student, assignment) / "timestamp.txt"
        released = [self.workspace.released(assignment) / f"{n}.ipynb" for n in self.results.course.assignment(assignment).notebooks]
        for path in (timestamp, *released):
            digest.update(path.read_bytes() if path.is_file() else b"-")
        digest.update(repr(collected_notes(self.workspace, student, assignment)).encode())
        return digest.hexdigest()
