"""``deadlines.csv``, the only place for deadlines: read, looked up for one student, and edited line by line.

A line is about an assignment and about somebody; if these are empty, about all assignments and everybody. For one student each column is
looked up separately, first in lines of that student, then in those of the student's groups, then in those for everybody, and each time
in lines of that assignment before lines for all assignments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from autograder.checked_data import nearest
from autograder.manifest import Course
from autograder.paths import printable, write_atomically
from autograder.spreadsheets import NotATable, header_name, read_rows, table_text
from autograder.term.groups import Groups, read_groups
from autograder.term.late_rules import LateRule, RuleError, read_duration, read_rule
from autograder.times import TimeError, read_deadline, read_hand_in
from autograder.workspace.workspace import Workspace, WorkspaceError

FILE = "deadlines.csv"
GROUP = "group:"
"""Begins the ``who`` of a line about a group."""
COLUMNS: dict[str, str] = {
    "assignment": "of the manifest; empty for all",
    "who": f"a student, or {GROUP}NAME; empty for everybody",
    "due": "2026-10-01 23:59, with a zone if it is not the course's; in a line about somebody also +3 days",
    "grace": "how late a hand-in may be and still count as in time: 15 min",
    "rule": "what late work loses: see `autograder.term.late_rules`",
    "counts": "which attempt counts: newest, in time (the newest one in time), first, or the time of one attempt",
    "tokens": "late days without loss of marks: in a line for all assignments the number for the term, else the most for that assignment",
    "excused": "yes: nothing is expected",
    "why": "for people",
}
NEWEST, IN_TIME, FIRST = "newest", "in time", "first"
_YES, _NO = frozenset({"yes", "y", "true", "1", "x", "excused"}), frozenset({"", "no", "n", "false", "0"})


@dataclass(frozen=True)
class Line:
    """One line, with its number in the file."""

    number: int
    cells: Mapping[str, str]

    @property
    def assignment(self) -> str:
        """Empty for all."""
        return self.cells.get("assignment", "")

    @property
    def who(self) -> str:
        """Empty for everybody."""
        who = self.cells.get("who", "")
        return GROUP + who[len(GROUP) :].strip() if who.casefold().startswith(GROUP) else who


@dataclass(frozen=True)
class Terms:
    """The terms for one student and one assignment."""

    due: datetime | None
    """In UTC and without a zone; None if there is no deadline."""
    class_due: datetime | None
    """That of the class."""
    grace: timedelta
    rule: LateRule
    rule_text: str
    counts: str
    """`NEWEST`, `IN_TIME`, `FIRST`, or empty when ``counts_at`` says it."""
    counts_at: datetime | None
    tokens: int
    """For the whole term."""
    most_tokens: int | None
    """For this assignment; None for no limit."""
    excused: bool
    why: str


class Deadlines:
    """The file of a class, as it is now.

    Parameters
    ----------
    zone : the zone for times that name none.
    assignments : of the manifest.

    Raises
    ------
    WorkspaceError
        When the file cannot be used; the message says which line and column, and what to write.
    """

    def __init__(self, path: Path, zone: tzinfo, assignments: tuple[str, ...], groups: Groups | None = None) -> None:
        self.path, self.zone, self.assignments = path, zone, assignments
        self.groups = groups or Groups()
        self.header, self.lines = _read(path) if path.is_file() else (list(COLUMNS), [])
        self._lines_of: dict[tuple[str, str], list[Line]] = {}
        self._terms: dict[tuple[str, str], Terms] = {}
        for line in self.lines:
            self._require_known(line)
            self._lines_of.setdefault((line.who, line.assignment), []).append(line)
            self._require_readable(line)

    def terms(self, student: str, assignment: str) -> Terms:
        """The terms for a student; those for everybody if the name is empty."""
        key = student, assignment
        if key not in self._terms:
            self._terms[key] = self._looked_up(student, assignment)
        return self._terms[key]

    def _looked_up(self, student: str, assignment: str) -> Terms:
        groups = [GROUP + g for g in self.groups.of(student, assignment)] if student else []
        people = ([student] if student else []) + groups + [""]
        lines = [line for who in people for a in (assignment, "") for line in self._lines_of.get((who, a), [])]
        # The tokens of a term come from lines about all assignments; a line about one assignment only limits them.
        of_term, of_this = ([line for line in lines if bool(line.assignment) == named] for named in (False, True))
        class_lines = [line for line in lines if not line.who]
        class_due = self._due(class_lines)
        rule_text = _first(lines, "rule")
        counts = _first(lines, "counts").casefold() or NEWEST
        named = counts in (NEWEST, IN_TIME, FIRST)
        most = _first(of_this, "tokens")
        return Terms(
            due=self._due(lines),
            class_due=class_due,
            grace=read_duration(grace) if (grace := _first(lines, "grace")) else timedelta(0),
            rule=read_rule(rule_text),
            rule_text=rule_text,
            counts=counts if named else "",
            counts_at=None if named else read_hand_in(counts, self.zone),
            tokens=int(_first(of_term, "tokens") or 0),
            most_tokens=int(most) if most else None,
            excused=_first(lines, "excused").casefold() in _YES,
            why=next((line.cells["why"] for line in lines if line.who and line.cells.get("why")), ""),
        )

    def _due(self, lines: list[Line]) -> datetime | None:
        """The first deadline in the lines; one written as ``+3 days`` is added to the next."""
        later = timedelta(0)
        for line in lines:
            text = line.cells.get("due", "")
            if text.startswith("+"):
                # Only the first counts: one for this assignment replaces one for all.
                later = later or read_duration(text[1:])
            elif text:
                return read_deadline(text, self.zone) + later
        return None

    def governs(self, assignment: str) -> bool:
        """Whether any line says what late work of an assignment loses: then nbgrader's own settings are not used."""
        return any(line.cells.get("rule") and line.assignment in ("", assignment) for line in self.lines)

    def _require_known(self, line: Line) -> None:
        if line.assignment and line.assignment not in self.assignments:
            raise self._error(
                line, "assignment", f"there is no {line.assignment!r}; {nearest(line.assignment, self.assignments, 'the assignments')}"
            )

    def _require_readable(self, line: Line) -> None:
        """Read every cell once, so that a mistake is found now and not when that student hands in."""
        cells = line.cells
        for column, read in (
            ("due", self._read_due),
            ("grace", read_duration),
            ("rule", read_rule),
            ("counts", self._read_counts),
            ("tokens", _read_tokens),
            ("excused", _read_yes),
        ):
            if text := cells.get(column, ""):
                try:
                    read(text)
                except (TimeError, RuleError) as error:
                    raise self._error(line, column, str(error)) from error
        if cells.get("due", "").startswith("+") and not line.who:
            raise self._error(
                line, "due", f"{cells['due']!r} is added to the deadline of the class, so the line must name a student or a group (who)"
            )

    def _read_due(self, text: str) -> object:
        return read_duration(text[1:]) if text.startswith("+") else read_deadline(text, self.zone)

    def _read_counts(self, text: str) -> object:
        if text.casefold() in (NEWEST, IN_TIME, FIRST):
            return text
        try:
            return read_hand_in(text, self.zone)
        except TimeError as error:
            raise RuleError(f"write {NEWEST}, {IN_TIME}, {FIRST}, or the time of an attempt ({error})") from error

    def _error(self, line: Line, column: str, problem: str) -> WorkspaceError:
        return WorkspaceError(f"{self.path}, line {line.number}, {column}: {problem}")

    def edited(self, assignment: str, who: str, cells: Mapping[str, str]) -> str:
        """The text of the file with some cells of a line changed; the line is added if there is none, and removed if nothing is left in it.

        Columns and lines that the instructor added stay.
        """
        header = [*self.header, *(c for c in cells if c not in map(header_name, self.header))]
        names = [header_name(cell) for cell in header]
        rows, done = [], False
        for line in self.lines:
            values = dict(line.cells)
            if not done and (line.who, line.assignment) == (who, assignment):
                values, done = values | dict(cells), True
                if not any(v for k, v in values.items() if k not in ("assignment", "who")):
                    continue
            rows.append([values.get(name, "") for name in names])
        if not done and any(cells.values()):
            values = {"assignment": assignment, "who": who, **cells}
            rows.append([values.get(name, "") for name in names])
        return table_text(header, rows)


def _first(lines: list[Line], column: str) -> str:
    return next((text for line in lines if (text := line.cells.get(column, ""))), "")


def _read_tokens(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 1000:
        raise RuleError(f"{printable(text, 40)!r} is not a number of days, such as 3")
    return int(text)


def _read_yes(text: str) -> bool:
    if text.casefold() not in _YES | _NO:
        raise RuleError(f"{printable(text, 40)!r}: write yes, or nothing")
    return text.casefold() in _YES


def _read(path: Path) -> tuple[list[str], list[Line]]:
    try:
        rows = read_rows(path, COLUMNS)
    except NotATable as error:
        raise WorkspaceError(f"{path} {error}") from error
    if not rows:
        return list(COLUMNS), []
    number, header = rows[0]
    names = [header_name(cell) for cell in header]
    if "due" not in names and "excused" not in names:
        raise WorkspaceError(f"{path}, line {number}: has none of the columns {', '.join(COLUMNS)}")
    for name in COLUMNS:
        if names.count(name) > 1:
            raise WorkspaceError(f"{path}, line {number}: two columns are called {name}; rename or delete one of them")
    for n, values in rows[1:]:
        if any(values[len(names) :]):
            raise WorkspaceError(f"{path}, line {n}: has {len(values)} values, but the first line has {len(names)}")
    return header, [Line(n, dict(zip(names, values, strict=False))) for n, values in rows[1:]]


def deadlines_of(workspace: Workspace, course: Course | None = None) -> Deadlines:
    """The deadlines of a class, with its groups.

    Parameters
    ----------
    course : the workspace's own, if the caller has read its manifest already.
    """
    course = course or workspace.course()
    return Deadlines(workspace.root / FILE, course.zone, tuple(a.name for a in course.assignments), read_groups(workspace))


def set_cells(workspace: Workspace, assignment: str, who: str, cells: Mapping[str, str]) -> None:
    """Edit one line of the file, which must be readable afterwards.

    Raises
    ------
    WorkspaceError
        When it would not be; the file then stays unchanged.
    """
    now = deadlines_of(workspace)
    before = now.path.read_bytes() if now.path.is_file() else None
    write_atomically(now.path, now.edited(assignment, who, cells), mode=0o600)
    try:
        deadlines_of(workspace)
    except WorkspaceError:
        if before is None:
            now.path.unlink()
        else:
            write_atomically(now.path, before)
        raise
