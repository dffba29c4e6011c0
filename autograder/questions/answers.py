"""The answers of the class, read from the graded copies: identical ones together, and without names."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from autograder.gradebook.released import released_notebook
from autograder.manifest import Course
from autograder.pages.text_html import text_html
from autograder.questions.state import State
from autograder.workspace.workspace import Workspace

EMPTY = "empty"
"""The digest of an answer that is only white space."""
_HTML_VERSION = "1"
_LINK = re.compile(r"<a (?=[^>]*href)")


class _Nbgrader(msgspec.Struct):
    grade_id: str = ""


class _Metadata(msgspec.Struct):
    nbgrader: _Nbgrader = msgspec.field(default_factory=_Nbgrader)


class _Cell(msgspec.Struct):
    metadata: _Metadata
    source: str | list[str]
    attachments: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.source if isinstance(self.source, str) else "".join(self.source)


class _Notebook(msgspec.Struct):
    cells: list[_Cell]


_read_notebook = msgspec.json.Decoder(_Notebook).decode
"""The part of a graded copy that is used here: outputs are skipped."""


class Answers:
    """The answers of the class.

    Parameters
    ----------
    state : the database in which the answers are stored, so that only copies that changed are read again.
    """

    def __init__(self, workspace: Workspace, course: Course, assignment: str, state: State) -> None:
        self.workspace, self.assignment, self.state = workspace, assignment, state
        self._notebooks: dict[str, list[str]] = {}
        for question in course.questions_of(assignment):
            self._notebooks.setdefault(question.notebook, []).append(question.id)
        self._key = state.setting("pseudonyms").encode()

    def refresh(self) -> int:
        """Find graded copies that have changed, and read their answers; return how many changed."""
        known = {row["path"]: row["stamp"] for row in self.state.rows("SELECT path, stamp FROM copy")}
        found = dict(self._copies())
        changed = [path for path, stamp in found.items() if known.get(path) != stamp]
        gone = known.keys() - found.keys()
        if not changed and not gone:
            return 0
        released = {name: self._released(name) for name in self._notebooks}
        with self.state.change() as change:
            for path in gone:
                student, notebook = Path(path).parts[1], Path(path).stem
                change.execute("DELETE FROM copy WHERE path = ?", (path,))
                for question in self._notebooks.get(notebook, []):
                    change.execute("DELETE FROM answer WHERE question = ? AND student = ?", (question, student))
            for path in changed:
                self._take_in(change, path, released[Path(path).stem])
                change.execute("INSERT OR REPLACE INTO copy VALUES (?, ?)", (path, found[path]))
        return len(changed) + len(gone)

    def html(self, digest: str) -> str:
        """An answer as HTML, in which nothing is active; laid out once."""
        row = self.state.row("SELECT source, attachments, html FROM text WHERE digest = ?", digest)
        if row is None:
            return ""
        kept = str(row["html"] or "")
        if kept.startswith(_HTML_VERSION):
            return kept[len(_HTML_VERSION) :]
        html = answer_html(row["source"], json.loads(row["attachments"]))
        with self.state.change() as change:
            change.execute("UPDATE text SET html = ? WHERE digest = ?", (_HTML_VERSION + html, digest))
        return html

    def source(self, digest: str) -> str:
        """An answer as it was typed."""
        return str(self.state.value("SELECT source FROM text WHERE digest = ?", digest) or "")

    def members(self, question: str, digest: str) -> list[str]:
        """The students who gave an answer."""
        rows = self.state.rows("SELECT student FROM answer WHERE question = ? AND digest = ? ORDER BY student", question, digest)
        return [row["student"] for row in rows]

    def pseudonym(self, *of: str) -> str:
        """A permanent name for a student or an answer that does not reveal whose it is."""
        return hmac.new(self._key, "\0".join(of).encode(), hashlib.sha256).hexdigest()[:5].upper()

    def _copies(self) -> Iterator[tuple[str, str]]:
        """Graded copies with answers: path in the workspace -> a stamp that changes when the file does."""
        try:
            students = sorted(entry.name for entry in os.scandir(self.workspace.root / "autograded") if not entry.name.startswith("."))
        except FileNotFoundError:
            return
        for student in students:
            for notebook in self._notebooks:
                path = f"autograded/{student}/{self.assignment}/{notebook}.ipynb"
                try:
                    stat = os.stat(self.workspace.root / path)
                except OSError:
                    continue
                yield path, f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"

    def _released(self, notebook: str) -> dict[str, str]:
        cells = released_notebook(self.workspace, self.assignment, notebook).cells
        return {str(c.metadata.nbgrader.grade_id): str(c.source) for c in cells if c.metadata.get("nbgrader", {}).get("grade_id")}

    def _take_in(self, change: Any, path: str, released: Mapping[str, str]) -> None:
        student, notebook = Path(path).parts[1], Path(path).stem
        questions = self._notebooks[notebook]
        found: dict[str, _Cell] = {}
        try:
            cells = _read_notebook((self.workspace.root / path).read_bytes()).cells
        except (OSError, msgspec.DecodeError):
            cells = []  # the copy is being replaced: the next look will find it changed
        for cell in cells:
            found.setdefault(cell.metadata.nbgrader.grade_id, cell)
        for question in questions:
            change.execute("DELETE FROM answer WHERE question = ? AND student = ?", (question, student))
            answer = found.get(question)
            if answer is None or (answer.text.strip() == released.get(question, "").strip() and not answer.attachments):
                continue
            digest = digest_of(answer.text, answer.attachments)
            attachments = json.dumps(answer.attachments, sort_keys=True)
            change.execute("INSERT OR IGNORE INTO text VALUES (?, ?, ?, NULL)", (digest, answer.text, attachments))
            change.execute("INSERT INTO answer VALUES (?, ?, ?)", (question, student, digest))


def digest_of(text: str, attachments: Mapping[str, Any] | None = None) -> str:
    """A digest that is the same for answers that differ only in white space."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    pictures = json.dumps(attachments, sort_keys=True) if attachments else ""
    return hashlib.sha256(f"{plain}\0{pictures}".encode()).hexdigest()[:24] if plain or pictures else EMPTY


def answer_html(source: str, attachments: Mapping[str, Any]) -> str:
    """A student's text as HTML: cleaned as for the formgrader; links open in a new page and send no referrer."""
    if not source.strip() and not attachments:
        return "<p><em>[nothing is written here]</em></p>"
    html = text_html(source, cell={"attachments": attachments}, levels=2)
    return _LINK.sub('<a target="_blank" rel="noopener noreferrer" ', html)
