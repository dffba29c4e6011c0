"""Marks in the form that another system imports: its own exported file filled in, or a new file by a column map."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collect.people import Person
from autograder.collect.roster import known_people
from autograder.manifest import Course
from autograder.outgoing.final_marks import FinalMark, final_marks
from autograder.outgoing.system_map import Fill, SystemMap, pattern
from autograder.outgoing.tables import ExportedTable, read_exported
from autograder.outgoing.whose_row import RowOwners
from autograder.paths import printable, write_atomically
from autograder.workspace.obstacles import cure_of
from autograder.workspace.workspace import Workspace, WorkspaceError


@dataclass(frozen=True)
class Wanted:
    """The user's options, in addition to the system and the assignment."""

    column: str = ""
    """The header of the marks, word for word."""
    scaled: bool = False
    """Whether marks are converted if the system has another maximum."""
    zero_without_hand_in: bool = False
    """Whether students who handed in nothing get 0; otherwise the system's cell stays as it is."""


@dataclass
class ForSystem:
    """A file for a system, and what people should know about it."""

    table: ExportedTable
    entered: dict[str, float] = field(default_factory=dict)
    """Student whose mark is in it -> the mark as the gradebook has it."""
    without: list[str] = field(default_factory=list)
    """Students of the file who have handed in nothing and keep what the system had."""
    left: list[str] = field(default_factory=list)
    """Students whose cell says that they are excused, or something else that must not be changed."""
    excused: list[str] = field(default_factory=list)
    """Students who are excused here. Their cell gets the system's word for this; if it has none, the cell stays as it is."""
    above: list[str] = field(default_factory=list)
    """Students with more points than the system's maximum."""
    unknown: list[str] = field(default_factory=list)
    """Rows that belong to nobody here, each with the reason."""
    absent: list[str] = field(default_factory=list)
    """Students with a mark who are not in the file."""
    waiting: int = 0
    """Answers that nobody has graded yet."""
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    """Student -> the row of the exported file, header by header."""


def fill_in(workspace: Workspace, course: Course, assignment: str, system: SystemMap, exported: Path, wanted: Wanted) -> ForSystem:
    """Fill the marks of an assignment into a file that the system exported.

    Raises
    ------
    WorkspaceError
        When a column that is needed is missing or not clear, or when the maximum differs.
    """
    if system.fill is None:
        raise WorkspaceError(f"the map of {system.title} says nothing about filling in an exported file: leave --into out")
    table = read_exported(exported)
    marks = final_marks(workspace, course, assignment)
    people = _everybody(workspace, marks)
    filling = _Filling(table, system, system.fill, _titles(course, assignment), exported, wanted)
    return filling.run(people, marks)


def write_new(workspace: Workspace, course: Course, assignment: str, system: SystemMap, wanted: Wanted) -> ForSystem:
    """Make a new file with one line for each student who handed in.

    Raises
    ------
    WorkspaceError
        When the map has no ``[write]``, or the system needs a header that was not given.
    """
    if system.write is None:
        raise WorkspaceError(f"{system.title} takes its own file back, filled in: export it there and name it with --into")
    if system.write.needs_column and not wanted.column:
        raise WorkspaceError(f"name the header with --column, or the file that it exports with --into: {system.write.needs_column}")
    marks = final_marks(workspace, course, assignment)
    known = course.assignment(assignment)
    words = {"title": known.title, "assignment": known.name, "column": wanted.column or known.title}
    done = ForSystem(ExportedTable([], system.write.delimiter, quote_all=system.write.quote_all))
    done.table.rows.append([_filled(c.header, words) for c in system.write.columns])
    for person in _everybody(workspace, marks):
        mark = marks.get(person.id, FinalMark(0.0, 0.0, handed_in=False))
        if mark.excused:
            done.excused.append(person.id)
            continue
        if not mark.handed_in and not wanted.zero_without_hand_in:
            done.without.append(person.id)
            continue
        values = words | {f: getattr(person, f) for f in ("id", "lms_user_id", "email", "first_name", "last_name")}
        values |= {"points": _number(mark.points, system.decimals), "max": _number(mark.maximum, system.decimals)}
        values["percent"] = _number(100 * mark.points / mark.maximum, system.decimals) if mark.maximum else ""
        done.table.rows.append([_filled(c.value, values) for c in system.write.columns])
        done.entered[person.id] = mark.points
        done.waiting += mark.waiting
    return done


def save(done: ForSystem, to: Path, exported: Path | None = None) -> None:
    """Write the file, readable only by its owner. The file that the system exported is never overwritten."""
    if exported is not None and to.exists() and to.samefile(exported):
        raise WorkspaceError(f"{to} is the file that is filled in: give another name with --to")
    try:
        write_atomically(to.absolute(), done.table.content(), mode=0o600)
    except OSError as error:
        raise WorkspaceError(f"cannot write {to}: {cure_of(error)}") from error


class _Filling:
    """Fills in one exported file."""

    def __init__(self, table: ExportedTable, system: SystemMap, fill: Fill, titles: tuple[str, ...], path: Path, wanted: Wanted) -> None:
        self.table, self.system, self.fill, self.path, self.wanted = table, system, fill, path, wanted
        self.header = [cell.strip() for cell in table.rows[0]]
        self.column = self._column(titles)
        self.people = [(p.means, index) for p in fill.people if (index := self._index(p.header)) is not None]
        if not self.people:
            names = ", ".join(dict.fromkeys(p.header for p in fill.people))
            raise WorkspaceError(f"{path} does not look like a file of {system.title}: it has none of the columns {names}")
        self.done = ForSystem(table)

    def run(self, people: list[Person], marks: Mapping[str, FinalMark]) -> ForSystem:
        """Fill in the file; return it with what people should know about it."""
        owners, rows = RowOwners(people), defaultdict[str, list[int]](list)
        for number, row in enumerate(self.table.rows):
            if number and not self._is_of_the_system(row):
                found = owners.find([(means, row[index]) for means, index in self.people if index < len(row)])
                for student in found.students:
                    rows[student].append(number)
                if found.problem:
                    self.done.unknown.append(f"line {number + 1} ({self._shown(row)}): {found.problem}")
        for student, numbers in rows.items():
            if len(numbers) > 1:
                lines = " and ".join(str(n + 1) for n in numbers)
                self.done.unknown.append(f"lines {lines}: all of them belong to {student}")
            else:
                self._enter(student, self.table.rows[numbers[0]], marks.get(student))
        self.done.absent = sorted(s for s, mark in marks.items() if mark.handed_in and not mark.excused and s not in rows)
        self._keep()
        return self.done

    def _enter(self, student: str, row: list[str], mark: FinalMark | None) -> None:
        done = self.done
        row += [""] * (len(self.header) - len(row))
        done.rows[student] = dict(zip(self.header, row, strict=False))
        if row[self.column].strip() in self.fill.leave:
            done.left.append(student)
        elif mark is not None and mark.excused:
            row[self.column] = self.fill.excused or row[self.column]
            done.excused.append(student)
        elif mark is None or not mark.handed_in:
            if self.wanted.zero_without_hand_in:
                row[self.column] = "0"
            done.without.append(student)
        else:
            row[self.column] = self._points(student, row, mark)
            done.entered[student] = mark.points
            done.waiting += mark.waiting

    def _points(self, student: str, row: list[str], mark: FinalMark) -> str:
        points, most = mark.points, self._maximum(row)
        if most is not None and mark.maximum and not _same(most, mark.maximum):
            if not self.wanted.scaled:
                raise WorkspaceError(
                    f"the maximum in {self.system.title} is {most:g} and in the gradebook {mark.maximum:g}: "
                    f"change it in {self.system.title}, or convert the marks with --scale"
                )
            points = points * most / mark.maximum
        if points > (most if most is not None else mark.maximum) + 1e-9:
            self.done.above.append(student)
        return _number(points, self.system.decimals)

    def _maximum(self, row: list[str]) -> float | None:
        """The system's maximum; None if the file does not say."""
        fill, text = self.fill, ""
        if fill.maximum_row:
            rows = [r for r in self.table.rows[1:] if r and fill.maximum_row in r[0]]
            text = rows[0][self.column] if rows and self.column < len(rows[0]) else ""
        elif fill.maximum_header:
            index = self._index(fill.maximum_header)
            text = row[index] if index is not None else ""
        elif fill.maximum_in_header and (match := pattern(fill.maximum_in_header, (), self.system).search(self.header[self.column])):
            text = match[1]
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return None

    def _is_of_the_system(self, row: list[str]) -> bool:
        """Whether a row does not belong to a student: the maximum, a remark, an empty row."""
        if not any(row) or (self.fill.maximum_row and self.fill.maximum_row in row[0]):
            return True
        return not any(row[index].strip() for _, index in self.people if index < len(row))

    def _keep(self) -> None:
        """Leave out the columns that should not be imported."""
        if not self.fill.keep:
            return
        kept = [h.casefold() for h in self.fill.keep]
        chosen = [i for i, h in enumerate(self.header) if i == self.column or h.casefold() in kept]
        self.table.rows[:] = [[row[i] if i < len(row) else "" for i in chosen] for row in self.table.rows]

    def _column(self, titles: tuple[str, ...]) -> int:
        """The column of the marks."""
        if self.wanted.column:
            if self.header.count(self.wanted.column) != 1:
                raise WorkspaceError(f"{self.path} has no column {self.wanted.column!r}; it has {self._headers()}")
            return self.header.index(self.wanted.column)
        wanted = pattern(self.fill.column, titles, self.system)
        found = [i for i, h in enumerate(self.header) if wanted.fullmatch(h)]
        if len(found) == 1:
            return found[0]
        problem = f"no column is called {' or '.join(titles)}" if not found else "several columns could be meant"
        raise WorkspaceError(f"{self.path}: {problem}: name the column with --column; the file has {self._headers()}")

    def _index(self, header: str) -> int | None:
        names = [h.casefold() for h in self.header]
        return names.index(header.casefold()) if header.casefold() in names else None

    def _headers(self) -> str:
        return ", ".join(printable(h, 60) for h in self.header[:40])

    def _shown(self, row: list[str]) -> str:
        return ", ".join(printable(row[i], 40) for _, i in dict.fromkeys(self.people) if i < len(row) and row[i].strip())


def _everybody(workspace: Workspace, marks: Mapping[str, FinalMark]) -> list[Person]:
    """Those on the roster, and those in the gradebook who are not on it."""
    people = {p.id: p for p in known_people(workspace).people}
    return sorted((people | {s: Person(s) for s in marks if s not in people}).values(), key=lambda p: p.id)


def _titles(course: Course, assignment: str) -> tuple[str, ...]:
    known = course.assignment(assignment)
    return tuple(dict.fromkeys((known.title, known.name)))


def _filled(template: str, words: Mapping[str, str]) -> str:
    """A text with its names replaced. A value is never treated as a template."""
    return re.sub(r"{(.*?)}", lambda match: words.get(match[1], ""), template)


def _number(value: float, decimals: int) -> str:
    """A number as systems read it: with a point, and without trailing zeros."""
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(abs(one), abs(other))
