"""The class list: read as spreadsheets write it, kept in the workspace in one form."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from autograder.collect.people import STUDENT_ID, KnownPeople, Person
from autograder.collect.seen import people_seen
from autograder.paths import printable, write_atomically
from autograder.spreadsheets import NotATable, header_name, read_rows, table_text
from autograder.term.deadline_file import deadlines_of
from autograder.term.groups import read_groups
from autograder.workspace.workspace import Workspace, WorkspaceError

ROSTER = "roster.csv"
HEADERS = {
    "id": ("id", "student_id", "id_number", "username", "user_name"),
    "first_name": ("first_name", "firstname", "given_name", "forename"),
    "last_name": ("last_name", "lastname", "surname", "family_name"),
    "email": ("email", "e_mail", "email_address", "mail"),
    "lms_user_id": ("lms_user_id", "lms_id", "canvas_id", "moodle_id", "user_id"),
    "group": ("group", "groups", "team"),
    "status": ("status",),
}
"""Column -> the headers that name it, best first, in lower case and with ``_`` for everything that is not a letter or digit."""


def read_roster(path: Path) -> list[Person]:
    """People from a file of comma-separated values, as spreadsheets and nbgrader write it.

    It may be in UTF-8, UTF-16 or Windows' code page for western Europe, with commas, semicolons or tabs between the values. Columns that
    are not in `HEADERS` are ignored. ``id`` is needed.

    Raises
    ------
    WorkspaceError
        When the file cannot be read, has no such column, or holds something that cannot be used; the message names the line.
    """
    try:
        rows = read_rows(path, {header for headers in HEADERS.values() for header in headers})
    except NotATable as error:
        raise _error(path, str(error)) from error
    if not rows:
        raise _error(path, "is empty: its first line should name the columns, among them id")
    columns = _columns(path, *rows[0])
    return _people(path, rows[1:], columns, len(rows[0][1]))


def _error(path: Path, problem: str) -> WorkspaceError:
    return WorkspaceError(f"the roster {path}{', ' if problem.startswith('line ') else ' '}{problem}")


def _columns(path: Path, line: int, header: list[str]) -> dict[str, int]:
    """Field of a person -> number of its column."""
    names = [header_name(cell) for cell in header]
    columns = {}
    for field, headers in HEADERS.items():
        name = next((h for h in headers if h in names), None)
        if name is None:
            continue
        if names.count(name) > 1:
            raise _error(path, f"line {line}: two columns are called {name}; rename or delete one of them")
        columns[field] = names.index(name)
    if "id" not in columns:
        seen = ", ".join(printable(h, 40) for h in header[:8])
        raise _error(
            path,
            f"line {line}: no column is named id. Others may be first_name, last_name, email, lms_user_id and group. It has: {seen}",
        )
    return columns


def _people(path: Path, rows: list[tuple[int, list[str]]], columns: dict[str, int], width: int) -> list[Person]:
    """The people in the lines below the header; lines that agree about one person are merged."""
    lines: dict[str, tuple[int, Person]] = {}
    for line, values in rows:
        if any(values[width:]):
            raise _error(
                path, f"line {line}: it has {len(values)} values, but the first line has {width}: put quotes around a name with a comma"
            )
        person = Person(**{f: values[c] if c < len(values) else "" for f, c in columns.items()})
        if not STUDENT_ID.fullmatch(person.id):
            shown = f"{printable(person.id, 60)!r} cannot be an id" if person.id else "there is no id"
            raise _error(path, f"line {line}: {shown}: use letters, digits and . @ _ + -, beginning with a letter or a digit")
        before, known = lines.get(person.id.casefold(), (line, person))
        if (both := _put_together(known, person)) is None:
            raise _error(
                path, f"line {line}: the id {person.id} is already in line {before}, for {_shown(known)}: here it is {_shown(person)}"
            )
        lines[person.id.casefold()] = before, both
    _refuse_shared_numbers(path, lines.values())
    return [person for _, person in lines.values()]


def _put_together(one: Person, other: Person) -> Person | None:
    """Merge two lines about one person, such as one for each group; None if they contradict each other."""
    groups = ";".join(dict.fromkeys(g for g in (one.group, other.group) if g))
    said = {f.name: (getattr(one, f.name), getattr(other, f.name)) for f in fields(Person) if f.name != "group"}
    if any(a and b and a != b for a, b in said.values()):
        return None
    return Person(**{name: a or b for name, (a, b) in said.items()}, group=groups)


def _refuse_shared_numbers(path: Path, people: Iterable[tuple[int, Person]]) -> None:
    numbers: dict[str, tuple[int, Person]] = {}
    for line, person in people:
        before, known = numbers.setdefault(person.lms_user_id, (line, person))
        if person.lms_user_id and known is not person:
            raise _error(path, f"line {line}: {person.id} has the lms_user_id of {known.id} in line {before}: each person needs their own")


def _shown(person: Person) -> str:
    name = f"{person.first_name} {person.last_name}".strip() or person.email or person.lms_user_id
    return f"{person.id} ({name})" if name else person.id


def roster_text(people: list[Person]) -> str:
    """The class list in the form in which a workspace keeps it: UTF-8 and commas, one line for each student."""
    columns = [f.name for f in fields(Person) if f.name in HEADERS]
    return table_text(columns, [[getattr(p, c) for c in columns] for p in people])


def set_roster(workspace: Workspace, path: Path) -> None:
    """Keep the class list in the workspace, and enter it into the gradebook. Dropped students stay dropped unless it gives a status."""
    from autograder.workspace import nbgrader_api  # takes seconds, and most callers that read a roster never write one

    people = read_roster(path)
    before = {p.id: p.status for p in read_roster(workspace.root / ROSTER)} if (workspace.root / ROSTER).is_file() else {}
    write_roster(workspace, [replace(p, status=p.status or before.get(p.id, "")) for p in people])
    with nbgrader_api.gradebook(workspace) as book:
        for p in people:
            given = {"first_name": p.first_name, "last_name": p.last_name, "email": p.email, "lms_user_id": p.lms_user_id}
            book.update_or_create_student(p.id, **{k: v for k, v in given.items() if v})


def write_roster(workspace: Workspace, people: list[Person]) -> None:
    """Keep a class list in the workspace."""
    write_atomically(workspace.root / ROSTER, roster_text(people), mode=0o600)


def class_list(workspace: Workspace) -> list[Person] | None:
    """The class list of the workspace, including those who were dropped; None if there is none."""
    path = workspace.root / ROSTER
    return read_roster(path) if path.is_file() else None


def known_people(workspace: Workspace) -> KnownPeople:
    """Who is known: the class list if there is one, else everybody seen so far; with their groups."""
    if (people := class_list(workspace)) is not None:
        return KnownPeople(_with_groups(workspace, people), complete=True)
    return KnownPeople(_with_groups(workspace, list(_people_so_far(workspace).values())), complete=False)


def _people_so_far(workspace: Workspace) -> dict[str, Person]:
    """Everybody that a download or the gradebook has shown."""
    seen = {person.id: person for person in people_seen(workspace)}
    if workspace.gradebook.exists():
        with contextlib.closing(sqlite3.connect(workspace.gradebook, timeout=5)) as database:
            rows = database.execute("SELECT id, first_name, last_name, email, lms_user_id FROM student").fetchall()
        for row in rows:
            person = Person(*(text or "" for text in row))
            seen.setdefault(person.id, person)
    return seen


def _with_groups(workspace: Workspace, people: list[Person]) -> list[Person]:
    """People with the names that ``groups.csv`` gives their groups: an LMS may show a group in place of a person."""
    lines = read_groups(workspace).lines
    names = {p.id: dict.fromkeys(m.group for m in lines if m.student == p.id) for p in people} if lines else {}
    return [replace(p, group=";".join(filter(None, [p.group, *names[p.id]]))) if names.get(p.id) else p for p in people]


def dropped_students(workspace: Workspace) -> set[str]:
    """Ids of those who have left the class."""
    return {p.id for p in class_list(workspace) or [] if p.dropped}


def active_students(workspace: Workspace) -> list[str]:
    """Ids of the students of the class: those on the roster who were not dropped, else everybody known."""
    people = class_list(workspace)
    people = list(_people_so_far(workspace).values()) if people is None else people
    return sorted(p.id for p in people if not p.dropped)


def students_without_submission(workspace: Workspace, assignment: str) -> list[str]:
    """Ids of students of the class who have not handed in an assignment, without those who are excused."""
    handed_in, deadlines = set(workspace.students(assignment)), deadlines_of(workspace)
    missing = [s for s in active_students(workspace) if s not in handed_in]
    return [s for s in missing if not deadlines.terms(s, assignment).excused]
