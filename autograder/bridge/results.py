"""Result documents on disk: one file per content, written atomically, never changed afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.bridge.workspace import Workspace, write_atomically
from autograder.course import REPOSITORY, Course

NO_PART_IN_MARKS = {"bridge", "book", "commands", "demo", "doctor", "generate", "pages", "cli.py", "machine.py", "typecheck.py"}
Document = dict[str, Any]
Grader = Callable[[Path, Course, str, int, bool], Document]

BOOKKEEPING = ("timestamp.txt", "submission_secret.txt")
"""Files that nbgrader puts beside a submission; no part of what the student handed in."""


def submission_digest(folder: Path) -> str:
    """A digest of names and bytes of everything handed in. Links and special files count by name and kind alone."""
    digest = hashlib.sha256()
    for path in sorted(_walk(folder)):
        name = path.relative_to(folder).as_posix()
        if name in BOOKKEEPING:
            continue
        mode = path.lstat().st_mode
        digest.update(f"{name}\0{stat.S_IFMT(mode):o}\0".encode("utf-8", "surrogateescape"))
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _walk(folder: Path) -> list[Path]:
    found = []
    for place, folders, files in os.walk(folder, followlinks=False):
        found += [Path(place, name) for name in files]
        found += [Path(place, name) for name in folders if Path(place, name).is_symlink()]
    return found


def course_digest(course: Course) -> str:
    """A digest of everything but the submission that a mark depends on: course, checks, engine, Python and numpy."""
    own = (("checks", "*.py"), ("mistakes", "*.toml"))
    checks = [p for extra in course.extras for folder, names in own for p in sorted((extra / folder).glob(names))]
    manifests = [root / "course.toml" for root in course.roots]
    sources = [path(name) for name in course.editable for path in (course.reference, course.stub)]
    files = _files((*manifests, *course.given.values(), *sources, *checks))
    return hashlib.sha256(f"{course.version} {engine_digest()} {files}".encode()).hexdigest()


@cache
def engine_digest() -> str:
    """The part that is the same for every course. Once for each process, as Python reads a module once."""
    package = REPOSITORY / "autograder"
    sources = (p for p in sorted(package.rglob("*")) if p.suffix in (".py", ".toml"))
    grading = [p for p in sources if p.relative_to(package).parts[0] not in NO_PART_IN_MARKS]
    return f"{sys.version_info[:3]} {np.__version__} {_files(grading)}"


def _files(paths: Iterable[Path]) -> str:
    """A digest of the contents of files."""
    return _contents(tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in paths if p.is_file()))


@lru_cache(maxsize=32)
def _contents(files: tuple[tuple[str, int, int], ...]) -> str:
    """The same; times and sizes only tell when to read again."""
    return hashlib.sha256(b"".join(hashlib.sha256(Path(name).read_bytes()).digest() for name, _, _ in files)).hexdigest()


def grade_with_engine(folder: Path, course: Course, assignment: str, seed: int, unsafe: bool) -> Document:
    """Grade one submission with the engine, without any database."""
    from autograder.engine.grade import grade_submission

    name = folder.parent.name
    document: Document = json.loads(grade_submission(folder, course, assignment, seed, unsafe_no_sandbox=unsafe, name=name).to_json())
    return document


class Results:
    """The result documents of one workspace and course."""

    def __init__(self, workspace: Workspace, course: Course, grader: Grader | None = None) -> None:
        self.workspace = workspace
        self.course = course
        self.grader = grader or grade_with_engine

    def key(self, student: str, assignment: str) -> str:
        """The address of the result of what that student has handed in now."""
        folder = self.workspace.submitted(student, assignment)
        parts = (student, assignment, submission_digest(folder), course_digest(self.course), str(self.workspace.seed()))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def path(self, key: str) -> Path:
        """Where the document of that address lies."""
        return self.workspace.results / key[:2] / f"{key}.json"

    def load(self, key: str) -> Document | None:
        """The stored document; a damaged one is as good as none."""
        try:
            document = json.loads(self.path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return document if isinstance(document, dict) and document.get("schema") == 1 else None

    def ensure(self, student: str, assignment: str, *, again: bool = False, unsafe: bool = False) -> tuple[str, Document]:
        """The result of a submission, from the store or from the engine.

        Parameters
        ----------
        again : grade even when a result is stored.
        unsafe : grade without a sandbox.
        """
        key = self.key(student, assignment)
        document = None if again else self.load(key)
        if document is None:
            folder = self.workspace.submitted(student, assignment)
            document = self.grader(folder, self.course, assignment, self.workspace.seed(), unsafe)
            write_atomically(self.path(key), json.dumps(document, indent=1) + "\n")
        return key, document

    def recorded(self, student: str, assignment: str) -> Document:
        """What the gradebook was last given for that submission: ``key``, ``mark`` and ``tasks``; empty when nothing yet."""
        try:
            found = json.loads(self._record(student, assignment).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def set_recorded(self, student: str, assignment: str, entry: Document) -> None:
        """Remember what the gradebook was given; written after the gradebook, so a kill in between records it once more."""
        write_atomically(self._record(student, assignment), json.dumps(entry) + "\n")

    def _record(self, student: str, assignment: str) -> Path:
        return self.workspace.results / "recorded" / assignment / f"{student}.json"
