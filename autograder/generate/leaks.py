"""Which lines must never reach a student, and a search for them in any tree of files.

A secret is a line of at least 25 characters without spaces that is in a solution region, a model answer, a rubric, a
module of hidden checks or the code of a catalogued mistake, but not in a given module, a stub or ``tasks.json``. The
search ignores white space and looks through JSON strings (notebooks), HTML mark-up and entities (feedback) and zip archives.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autograder.generate.cells import notebook_secrets
from autograder.generate.regions import MIN_LINE, secret_parts, squeeze
from autograder.generate.stubs import build_stubs, display, solution_lines
from autograder.generate.tasks import tasks_json
from autograder.manifest import Course, load_course
from autograder.mistakes import MistakesError, load_mistakes
from autograder.paths import REPOSITORY

Kind = Literal["solution", "answer", "check", "mistake"]
ALL_KINDS: tuple[Kind, ...] = ("solution", "answer", "check", "mistake")
STRIDE = (MIN_LINE + 1) // 2
_HASH_BITS, _FACTOR = 22, np.uint64(0x9E3779B97F4A7C15)
"""The blocks of a text are looked up all at once by a hash, and one by one only where a block of a secret has the same hash."""
TAG = re.compile(r"<[^<>]*>")
ESCAPES = {"\\n": "", "\\t": "", "\\r": "", '\\"': '"', "\\'": "'", "\\\\": "\\", "\\/": "/"}
ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[ntr\"'\\/])")


@dataclass(frozen=True)
class Secret:
    """A line that must not be published, without its white space."""

    kind: Kind
    text: str
    where: str


@dataclass(frozen=True)
class Leak:
    """A secret and the file (``archive.zip!member`` inside an archive) that shows it."""

    path: str
    secret: Secret

    def __str__(self) -> str:
        return f"{self.path}: shows {self.secret.text[:80]!r} of {self.secret.where}"


class Secrets:
    """A set of secrets that finds all of its members in a text in one pass.

    Any stretch of `MIN_LINE` characters holds a whole block of `STRIDE` characters whose place in the text is a multiple
    of `STRIDE`. So it is enough to look at the text block by block, with every block of a secret's beginning indexed.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self.members: tuple[Secret, ...] = tuple(secrets)
        self._blocks: dict[str, list[tuple[int, Secret]]] = {}
        for secret in self.members:
            for offset in range(STRIDE):
                self._blocks.setdefault(secret.text[offset : offset + STRIDE], []).append((offset, secret))
        self._known = np.zeros(1 << _HASH_BITS, bool)
        self._known[_hashes("".join(block for block in self._blocks if len(block) == STRIDE))] = True

    def __iter__(self) -> Iterator[Secret]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)

    def inside(self, squeezed: str) -> list[Secret]:
        """The secrets that a text without white space holds, each once."""
        found: dict[Secret, None] = {}
        blocks = self._blocks
        # Equal blocks have equal hashes. The few other blocks that share a hash with one of ours are not among `blocks`.
        places = np.flatnonzero(self._known[_hashes(squeezed)]) * STRIDE
        for at in places.tolist():
            for offset, secret in blocks.get(squeezed[at : at + STRIDE], ()):
                if at >= offset and squeezed.startswith(secret.text, at - offset):
                    found[secret] = None
        return list(found)


def _hashes(text: str) -> NDArray[np.uint64]:
    """A number of `_HASH_BITS` bits for each whole block of `STRIDE` characters; equal blocks have equal numbers."""
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    blocks = characters[: len(characters) // STRIDE * STRIDE].reshape(-1, STRIDE)
    found = np.zeros(len(blocks), np.uint64)
    for column in blocks.T:
        found = found * _FACTOR + column
    return found * _FACTOR >> np.uint64(64 - _HASH_BITS)


def secret_lines(course: Course | None = None, kinds: Iterable[Kind] = ALL_KINDS) -> Secrets:
    """Every line that no student-facing file may show.

    Parameters
    ----------
    course : the manifest; by default this repository's.
    kinds : ``"solution"`` (package and notebooks), ``"answer"`` (model answers and rubrics), ``"check"`` (hidden checks),
        ``"mistake"`` (the code of the catalogue, which is nearly a solution).
    """
    course = course or load_course()
    lines: dict[str, Secret] = {}
    for kind, places in _sources(course, set(kinds)):
        for text, where in places.items():
            if any(character.isalnum() for character in text):
                lines.setdefault(text, Secret(kind, text, where))
    shown = Secrets(lines.values()).inside(_public_text(course))
    return Secrets(secret for secret in lines.values() if secret not in set(shown))


def find_leaks(tree: str | Path, secrets: Secrets | None = None) -> list[Leak]:
    """Search every file below a folder (or one file); ``.git`` is left out.

    Parameters
    ----------
    tree : folder or file.
    secrets : from `secret_lines`; by default those of this repository's course.
    """
    top = Path(tree)
    if not top.exists():
        raise FileNotFoundError(f"nothing to search at {top}")
    chosen = secret_lines() if secrets is None else secrets
    files = [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file() and ".git" not in p.relative_to(top).parts)
    return [leak for file in files for leak in find_leaks_in_bytes(file.read_bytes(), file.as_posix(), chosen)]


def find_leaks_in_bytes(content: bytes, name: str, secrets: Secrets) -> list[Leak]:
    """Search the content of one file; a zip archive is searched member by member."""
    if content[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return [k for m in archive.infolist() for k in find_leaks_in_bytes(archive.read(m), f"{name}!{m.filename}", secrets)]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            pass  # a damaged archive is searched as bytes
    found: dict[Secret, None] = {}
    for text in _readings(content.decode("utf-8", errors="replace")):
        found.update(dict.fromkeys(secrets.inside(text)))
    return [Leak(name, secret) for secret in found]


def plain_readings(content: bytes) -> str:
    """A file that a stranger wrote, as it is and as JSON strings, without white space; archives are not opened."""
    text = content.decode("utf-8", errors="replace")
    readings = [text]
    with contextlib.suppress(ValueError, RecursionError):
        readings.append("\n".join(_strings(json.loads(text))))
    return "\0".join(squeeze(reading) for reading in readings)


def _readings(text: str) -> set[str]:
    """The ways in which a person or a program may read a file: as it is, as JSON strings, unescaped, as a browser shows it."""
    readings = {text}
    if "\0" in text:
        return {squeeze(text)}  # a database or a compiled file
    with contextlib.suppress(ValueError, RecursionError):  # not JSON, or not JSON that a notebook program could open
        readings.add("\n".join(_strings(json.loads(text))))
    readings |= {ESCAPE.sub(_unescape, reading) for reading in readings}
    readings |= {html.unescape(TAG.sub("", reading)) for reading in readings}
    return {squeeze(reading) for reading in readings}


def _unescape(match: re.Match[str]) -> str:
    escape = match.group()
    return ESCAPES[escape] if escape in ESCAPES else chr(int(escape[2:], 16))


def _strings(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from _strings(value)
    elif isinstance(document, list):
        for value in document:
            yield from _strings(value)


def _sources(course: Course, kinds: set[Kind]) -> Iterator[tuple[Kind, dict[str, str]]]:
    if "solution" in kinds:
        yield "solution", solution_lines(course)
    for notebook in course.notebooks:
        # `autograder generate` reports a missing source; other readers go on without it.
        if notebook.source.is_file():
            solutions, answers = notebook_secrets(course, notebook)
            if "solution" in kinds:
                yield "solution", solutions
            if "answer" in kinds:
                yield "answer", answers
    if "check" in kinds:
        yield "check", _check_lines(course)
    if "mistake" in kinds:
        yield "mistake", _mistake_lines(course)


def _check_lines(course: Course) -> dict[str, str]:
    """Lines of the hidden checks and of the code around them, which is just as private."""
    folders = [REPOSITORY / "autograder" / "checks", *(root / "checks" for root in course.extras)]
    found: dict[str, str] = {}
    for path in (p for folder in folders for p in sorted(folder.rglob("*.py"))):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            for part in secret_parts([line]):
                found.setdefault(part, f"{display(course, path)}, line {number}")
    return found


def _mistake_lines(course: Course) -> dict[str, str]:
    """Lines of the code of catalogued mistakes, including the right lines beside them."""
    try:
        mistakes = load_mistakes(course)
    except MistakesError:
        return {}  # a course with another reference: none of these lines is its secret
    forms = [form for m in mistakes for form in m.forms]
    return {part: f"the mistake {f.id}" for f in forms for text in (f.new, f.old, f.code) for part in secret_parts(text.split("\n"))}


def _public_text(course: Course) -> str:
    """Given modules, stubs and tasks.json, without white space; a sentinel keeps the end of one file from joining the next."""
    given = [path.read_text(encoding="utf-8") for path in course.given.values() if path.suffix in {".py", ".pyx"}]
    return "\0".join(squeeze(text) for text in [*given, *build_stubs(course).values(), tasks_json(course)])
