"""A student's own functions as numbered lines, to show beside what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.manifest import Course, Task
from autograder.pages.faults import Checks, Mark, Sources, marks_of, own_definitions
from autograder.pages.source_lines import Definition, SourceText, shown
from autograder.plural import counted

MOST_EXCERPTS = 3
MOST_LINES = 60
"""Most lines of one excerpt; a longer function is shown around its marks, or from its beginning."""
AROUND = 8
"""Lines before and after a mark, if not all are shown."""
MOST_MARKS = 6
LONG_STRING = 3
"""A docstring of more lines is replaced by a note, since the student has read it."""


@dataclass(frozen=True)
class Row:
    """A line of an excerpt; one without a number says what is left out."""

    text: str
    number: int | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Excerpt:
    """Some lines of a file."""

    name: str
    """The function; empty for lines outside of any."""
    file: str
    rows: tuple[Row, ...]


def excerpts(course: Course, task: Task, failed: Checks, sources: Sources) -> list[Excerpt]:
    """What to show of a student's files beside the loss of a task; empty if nothing can be found.

    Parameters
    ----------
    failed : the checks that are not right.
    sources : the files as handed in.
    """
    marks = marks_of(course, task, failed, sources)
    places: list[tuple[str, Definition]] = list(own_definitions(course, task, sources))
    for mark in marks:
        if mark.file in sources and not any(f == mark.file and d.first <= mark.line <= d.last for f, d in places):
            around = sources[mark.file].enclosing(mark.line) or Definition("", mark.line, mark.line, ())
            # Lines that raised come first.
            places.insert(0, (mark.file, around))
    return [_excerpt(sources[file], file, definition, marks) for file, definition in places[:MOST_EXCERPTS]]


def commented(source: SourceText, file: str, function: str, comments: Mapping[int, Sequence[str]]) -> Excerpt:
    """A function with a person's comments on some of its lines, or only these lines if it is not found.

    Parameters
    ----------
    comments : number of a line -> comments on it.
    """
    definition = source.definition(function) or Definition(function, min(comments), max(comments), ())
    return _excerpt(source, file, definition, [Mark(file, n, text) for n, texts in comments.items() for text in texts], len(comments))


def _excerpt(source: SourceText, file: str, definition: Definition, marks: Sequence[Mark], most: int = MOST_MARKS) -> Excerpt:
    why: dict[int, list[str]] = {}
    for mark in marks:
        if mark.file == file and definition.first <= mark.line <= definition.last and (mark.line in why or len(why) < most):
            why.setdefault(mark.line, []).append(mark.why)
    hidden = {n for s in definition.statements if s.is_string and s.last - s.first >= LONG_STRING for n in range(s.first, s.last + 1)}
    numbers = [n for n in range(definition.first, min(definition.last, len(source.lines)) + 1) if n not in hidden or n in why]
    while numbers and not source.lines[numbers[-1] - 1].strip():
        numbers.pop()
    if len(numbers) > MOST_LINES:
        near = {n for line in why for n in range(line - AROUND, line + AROUND + 1)} or set(numbers[:MOST_LINES])
        numbers = [n for n in numbers if n in near or n == definition.first][: 2 * MOST_LINES]
    return Excerpt(definition.name, file, tuple(_rows(source, numbers, why, hidden, definition.last)))


def _rows(source: SourceText, numbers: Iterable[int], why: dict[int, list[str]], strings: set[int], last: int) -> Iterator[Row]:
    before = None
    for number in numbers:
        if before is not None and number > before + 1:
            yield _gap(number - before - 1, "line of text" if strings.issuperset(range(before + 1, number)) else "more line")
        yield Row(shown(source.lines[number - 1]), number, tuple(why.get(number, ())))
        before = number
    left = sum(1 for line in source.lines[before or last : last] if line.strip())
    if left:
        yield _gap(left)


def _gap(count: int, what: str = "more line") -> Row:
    return Row(f"… {counted(count, what, what.replace('line', 'lines'))} …")
