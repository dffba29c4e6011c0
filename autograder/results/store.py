"""Result documents on disk: one file per content, written atomically, never changed afterwards, validated whenever it is read."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.engine.grade import grade_submission
from autograder.intake.digest import submission_digest
from autograder.manifest import Course
from autograder.paths import write_atomically
from autograder.results import documents
from autograder.results.digests import Parts, course_parts
from autograder.results.documents import Document, InvalidDocument
from autograder.workspace.workspace import Workspace

Grader = Callable[[Path, Course, str, int, bool], Document]

_LEFTOVER_AGE_S = 3600


@dataclass(frozen=True)
class ResultKey:
    """The key under which the result of a submission is stored, and the digests that it is made from."""

    key: str
    parts: Parts


def grade_with_engine(
    folder: Path, course: Course, assignment: str, seed: int, unsafe: bool, name: str | None = None, hurry: bool = False
) -> Document:
    """Grade one submission with the engine, without any database; by default it is named after the folder above it."""
    name = name or folder.parent.name
    result = grade_submission(folder, course, assignment, seed, unsafe_no_sandbox=unsafe, name=name, hurry=hurry, keep=True)
    document: Document = json.loads(json.dumps(result.document()))
    return document


class Results:
    """The result documents of one workspace and course."""

    def __init__(self, workspace: Workspace, course: Course, grader: Grader | None = None) -> None:
        self.workspace = workspace
        self.course = course
        self.grader = grader or grade_with_engine

    def result_key(self, student: str, assignment: str, folder: Path | None = None) -> ResultKey:
        """The key of the result of what that student has handed in now, with the parts that it is made from.

        Parameters
        ----------
        folder : another attempt of the student.
        """
        seed = hashlib.sha256(f"seed {self.workspace.seed()}".encode()).hexdigest()
        submission = submission_digest(folder or self.workspace.submitted(student, assignment))
        parts = {"submission": submission, **course_parts(self.course), "seed": seed}
        return ResultKey(hashlib.sha256("\0".join((student, assignment, *parts.values())).encode()).hexdigest(), parts)

    def load_or_adopt(self, student: str, assignment: str, key: ResultKey, partners: Iterable[str]) -> Document | None:
        """The stored document, else that of a partner who handed in the same files: work is graded once for the whole group.

        Raises
        ------
        InvalidDocument
            As for `read_or_raise`.
        """
        found = self.read_or_raise(key.key)
        for partner in partners if found is None else ():
            if self.workspace.submitted(partner, assignment).is_dir():
                other = self.result_key(partner, assignment)
                if other.parts == key.parts and (document := self.load(other.key)) is not None:
                    found = {**document, "submission": student}
                    self.store(key.key, documents.validate(found, self.course, assignment, student, stored=True))
                    break
        return found

    def key(self, student: str, assignment: str) -> str:
        """Only the key."""
        return self.result_key(student, assignment).key

    def path(self, key: str) -> Path:
        """The file that holds the document of that key."""
        return self.workspace.results / key[:2] / f"{key}.json"

    def load(self, key: str) -> Document | None:
        """The stored document; None if it is damaged or missing."""
        try:
            return self.read_or_raise(key)
        except InvalidDocument:
            return None

    def read_or_raise(self, key: str) -> Document | None:
        """The stored document, or None if there is none.

        Raises
        ------
        InvalidDocument
            When the file is not what was stored: truncated, edited, or another submission's.
        """
        try:
            text = self.path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InvalidDocument(f"it cannot be read ({error.strerror})") from error
        stored = documents.parse(text)
        if not isinstance(stored, dict) or not isinstance(stored.get("document"), dict):
            raise InvalidDocument("it is not a stored result")
        document: Document = stored["document"]
        if stored.get("key") != key:
            raise InvalidDocument("it is the result of another submission")
        if stored.get("sha256") != documents.digest(document):
            raise InvalidDocument("it was changed after it was written")
        assignment = next((a for a in self.course.assignments if a.name == document.get("assignment")), None)
        if assignment is None:
            raise InvalidDocument("it is the result of an assignment that is not in the manifest")
        return documents.validate(document, self.course, assignment, str(document.get("submission")), stored=True)

    def store(self, key: str, document: Document) -> None:
        """Store a document under its key; a kill leaves all of it or nothing."""
        entry = {"key": key, "sha256": documents.digest(document), "document": document}
        write_atomically(self.path(key), json.dumps(entry) + "\n")

    def ensure(self, student: str, assignment: str, *, again: bool = False, unsafe: bool = False) -> tuple[str, Document]:
        """The result of a submission, from the store or from the engine.

        Parameters
        ----------
        again : grade even if a result is stored.
        unsafe : grade without a sandbox.
        """
        key = self.key(student, assignment)
        document = None if again else self.load(key)
        if document is None:
            folder = self.workspace.submitted(student, assignment)
            document = self.grader(folder, self.course, assignment, self.workspace.seed(), unsafe)
            self.store(key, documents.validate(document, self.course, assignment, student))
        return key, document

    def discard(self, student: str, assignment: str) -> None:
        """Forget the result of that student's present hand-in, and that it was entered into the gradebook."""
        self.path(self.key(student, assignment)).unlink(missing_ok=True)
        if recorded := self.recorded(student, assignment):
            self.set_recorded(student, assignment, {**recorded, "key": None})

    def recorded(self, student: str, assignment: str) -> Document:
        """What was last entered into the gradebook for that submission; empty if nothing. See `autograder.gradebook.recorder`."""
        try:
            found = json.loads(self._recorded_file(student, assignment).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def set_recorded(self, student: str, assignment: str, entry: Document) -> None:
        """Remember what was entered into the gradebook; written after the gradebook, so after a kill in between it is entered once more."""
        write_atomically(self._recorded_file(student, assignment), json.dumps(entry) + "\n")

    def _recorded_file(self, student: str, assignment: str) -> Path:
        return self.workspace.results / "recorded" / assignment / f"{student}.json"

    def remove_leftovers(self) -> None:
        """Remove files that killed commands have left half written beside the results."""
        for path in (*self.workspace.results.glob("*/.*"), *self.workspace.results.glob("recorded/*/.*")):
            if path.is_file() and time.time() - path.stat().st_mtime > _LEFTOVER_AGE_S:
                path.unlink(missing_ok=True)
