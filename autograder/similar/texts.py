"""The functions that are compared, from a class, earlier years and published solutions; and the rows that anybody's may contain."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from autograder.engine.catalogue import module_of
from autograder.intake.submission import submitted_files
from autograder.manifest import Course
from autograder.pages.source_lines import MAX_BYTES, SourceText
from autograder.paths import module_name, printable
from autograder.similar.fingerprints import ROW, Token, rows, tokens_of, winnowed

MAX_PUBLISHED = 20_000
"""Most files that are read in a folder of published solutions."""


class Origin(StrEnum):
    """Where a text comes from."""

    CLASS = "this class"
    EARLIER = "an earlier class"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Passage:
    """One function as somebody wrote it."""

    tokens: tuple[Token, ...]
    numbers: tuple[int, ...]
    """The numbers of its rows, in order."""
    kept: frozenset[int]
    """The rows that winnowing keeps."""
    lines: tuple[str, ...]
    first: int
    """The number of its first line."""


@dataclass
class Work:
    """What one student, or one author of a published solution, wrote."""

    label: str
    origin: Origin
    functions: dict[str, Passage] = field(default_factory=dict)
    """Name as in the manifest -> its text."""
    groups: frozenset[str] = frozenset()
    """Students who hand in together, who are not compared."""


def compared_functions(course: Course, assignment: str) -> list[str]:
    """The graded functions of an assignment, in the order of the manifest."""
    return list(dict.fromkeys(f for task in course.tasks_of(assignment) for f in task.functions))


def work_of_submission(course: Course, assignment: str, folder: Path, label: str, origin: Origin) -> Work:
    """What is in a hand-in, read as grading reads it."""
    work = Work(label, origin)
    files = submitted_files(folder, course, assignment)
    sources = {place.removeprefix("coursenn/"): content for place, content in files.items() if place.startswith("coursenn/")}
    modules = {module_name(name): SourceText(content) for name, content in sources.items()}
    for function in compared_functions(course, assignment):
        module = module_of(course, function)
        if (text := modules.get(module)) and (passage := passage_of(text, function.removeprefix(f"{module}."))):
            work.functions[function] = passage
    return work


def submissions_below(folder: Path, assignment: str) -> Iterator[tuple[str, Path]]:
    """Students and their hand-ins, from a workspace, or from a folder with one hand-in for each student."""
    root = folder / "submitted" if (folder / "submitted").is_dir() else folder
    for path in sorted(root.iterdir()):
        if path.is_symlink() or path.name.startswith("."):
            continue
        inner = path / assignment
        yield path.name, inner if inner.is_dir() and not inner.is_symlink() else path


def published(course: Course, assignment: str, folder: Path) -> list[Work]:
    """The content of a folder of published solutions in any layout: every function with the name of a graded one.

    Each entry directly in the folder is by one author; of several files with the same function, the longest text counts.
    """
    wanted: dict[str, list[str]] = {}
    for function in compared_functions(course, assignment):
        wanted.setdefault(function.rpartition(".")[2], []).append(function)
    found: dict[str, Work] = {}
    for path in _python_files(folder):
        label = printable(path.relative_to(folder).parts[0], 80)
        text = SourceText(_read(path))
        for name, functions in wanted.items():
            if (passage := passage_of(text, name)) is None:
                continue
            work = found.setdefault(label, Work(label, Origin.PUBLISHED))
            for function in functions:
                known = work.functions.get(function)
                if known is None or len(known.tokens) < len(passage.tokens):
                    work.functions[function] = passage
    return list(found.values())


def _python_files(folder: Path) -> Iterator[Path]:
    count = 0
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(n for n in names if n.endswith(".py")):
            path = Path(where) / name
            if path.is_file() and not path.is_symlink() and count < MAX_PUBLISHED:
                count += 1
                yield path


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return b""


def passage_of(text: SourceText, name: str) -> Passage | None:
    """A function of a file; None if it is not there, or too short to compare."""
    definition = text.definition(name)
    tokens = tokens_of(definition) if definition else ()
    numbers = tuple(rows(tokens))
    if definition is None or not numbers:
        return None
    return Passage(tokens, numbers, winnowed(numbers), tuple(text.lines[definition.first - 1 : definition.last]), definition.first)


def given_rows(course: Course) -> frozenset[int]:
    """Rows that everybody may have: those of the stubs and the given modules, and those of the reference, which are inevitable."""
    files = [course.stub(name) for name in course.editable] + [course.reference(name) for name in course.editable]
    files += [path for name, path in course.given.items() if name.endswith(".py")]
    return frozenset(number for path in files if path.is_file() for number in _rows_of_file(SourceText(_read(path))))


def _rows_of_file(text: SourceText) -> Iterable[int]:
    for name in text.names():
        if definition := text.definition(name):
            yield from rows(tokens_of(definition))


def marked_lines(passage: Passage, numbers: Iterable[int]) -> list[bool]:
    """For each line of a passage, whether one of those rows is in it."""
    wanted, marked = frozenset(numbers), [False] * len(passage.lines)
    for start, number in enumerate(passage.numbers):
        if number in wanted:
            for token in passage.tokens[start : start + ROW]:
                for line in range(token.first, token.last + 1):
                    if 0 <= line - passage.first < len(marked):
                        marked[line - passage.first] = True
    return marked
