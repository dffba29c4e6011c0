"""The class list: read as spreadsheets write it, kept in the workspace in one form."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from autograder.collect.people import STUDENT_ID, KnownPeople, Person
from autograder.collect.seen import people_seen
from autograder.paths import printable, write_atomically
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace, WorkspaceError

ROSTER = "roster.csv"
MAX_BYTES = 10_000_000
HEADERS = {
    "id": ("id", "student_id", "id_number", "username", "user_name"),
    "first_name": ("first_name", "firstname", "given_name", "forename"),
    "last_name": ("last_name", "lastname", "surname", "family_name"),
    "email": ("email", "e_mail", "email_address", "mail"),
    "lms_user_id": ("lms_user_id", "lms_id", "canvas_id", "moodle_id", "user_id"),
    "group": ("group", "groups", "team"),
}
"""Column -> the headers that name it, best first, in small letters and with ``_`` for all that is no letter or digit."""


def read_roster(path: Path) -> list[Person]:
    """People from a file of comma-separated values, as spreadsheets and nbgrader write it.

    It may be UTF-8, UTF-16 or Windows' western alphabet, with commas, semicolons or tabs between the values; columns other than those
    of `HEADERS` are passed over. ``id`` is needed.

    Raises
    ------
    WorkspaceError
        When the file cannot be read, has no such column, or holds what cannot be used; the message names the line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _error(path, f"cannot be read ({error.strerror or error})") from error
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _error(path, "is a workbook: open it in your spreadsheet program and save it as CSV")
    if len(data) > MAX_BYTES:
        raise _error(path, f"is larger than {MAX_BYTES // 1_000_000} MB")
    text = decoded(data)
    try:
        rows = _rows(text)
    except csv.Error as error:
        raise _error(path, f"is not a table of comma-separated values ({error})") from error
    if not rows:
        raise _error(path, "is empty: its first line should name the columns, among them id")
    columns = _columns(path, *rows[0])
    return _people(path, rows[1:], columns, len(rows[0][1]))


def _error(path: Path, problem: str) -> WorkspaceError:
    return WorkspaceError(f"the roster {path} {problem}")


def decoded(data: bytes) -> str:
    """Text of a spreadsheet: what its first bytes announce, else UTF-8, else what Windows writes in western Europe."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:200]:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The lines that hold anything, each with its number and its values."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = lines.partition("\n")
    skipped = 0
    if (said := re.fullmatch(r'"?sep=(.)"?\s*', first.strip("\ufeff"), re.IGNORECASE)) is not None:
        delimiter, lines, skipped = said[1], rest, 1
    else:
        delimiter = max(",;\t", key=lambda mark: _known_headers(first, mark))
    reader = csv.reader(io.StringIO(lines), delimiter=delimiter, skipinitialspace=True, strict=True)
    rows, begin = [], 1 + skipped
    for row in reader:
        values = [_value(v) for v in row]
        if any(values):
            rows.append((begin, values))
        begin = reader.line_num + 1 + skipped
    return rows


def _known_headers(line: str, delimiter: str) -> tuple[int, int]:
    """How many columns a header has with that delimiter: those that we know, and all."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return 0, 0
    known = {header for headers in HEADERS.values() for header in headers}
    return sum(_header(_value(c)) in known for c in cells), len(cells)


def _value(cell: str) -> str:
    """What a cell says: spreadsheets keep zeros in front of a number by writing ``="0815"``."""
    text = unicodedata.normalize("NFC", cell).strip().strip("\ufeff\u200b\xa0").strip()
    return formula[1] if (formula := re.fullmatch(r'="(.*)"', text)) else text


def _header(cell: str) -> str:
    return re.sub(r"[\W_]+", "_", cell.casefold()).strip("_")


def _columns(path: Path, line: int, header: list[str]) -> dict[str, int]:
    """Field of a person -> number of its column."""
    names = [_header(cell) for cell in header]
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
            path, f"line {line}: needs a column named id; it may have first_name, last_name, email, lms_user_id and group. It has: {seen}"
        )
    return columns


def _people(path: Path, rows: list[tuple[int, list[str]]], columns: dict[str, int], width: int) -> list[Person]:
    """The people of the lines below the header; lines that agree about one person are put together."""
    lines: dict[str, tuple[int, Person]] = {}
    for line, values in rows:
        if any(values[width:]):
            raise _error(path, f"line {line}: has {len(values)} values and the first line {width}: put a name with a comma into quotes")
        person = Person(**{f: values[c] if c < len(values) else "" for f, c in columns.items()})
        if not STUDENT_ID.fullmatch(person.id):
            shown = repr(printable(person.id, 60)) if person.id else "no id"
            raise _error(path, f"line {line}: holds {shown}: use letters, digits and . @ _ + -, beginning with a letter or a digit")
        before, known = lines.get(person.id.casefold(), (line, person))
        if (both := _put_together(known, person)) is None:
            raise _error(
                path, f"line {line}: the id {person.id} is already in line {before}, for {_shown(known)}: here it is {_shown(person)}"
            )
        lines[person.id.casefold()] = before, both
    _refuse_shared_numbers(path, lines.values())
    return [person for _, person in lines.values()]


def _put_together(one: Person, other: Person) -> Person | None:
    """One person of two lines that do not contradict each other, as where each group has a line; otherwise None."""
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
            raise _error(path, f"line {line}: {person.id} has the lms_user_id of {known.id} in line {before}: two people never share it")


def _shown(person: Person) -> str:
    name = f"{person.first_name} {person.last_name}".strip() or person.email or person.lms_user_id
    return f"{person.id} ({name})" if name else person.id


def roster_text(people: list[Person]) -> str:
    """The class list in the form in which a workspace keeps it: UTF-8 and commas, one line for each student."""
    columns = [f.name for f in fields(Person) if f.name in HEADERS]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(p, c) for c in columns] for p in people)
    return out.getvalue()


def set_roster(workspace: Workspace, path: Path) -> None:
    """Keep the class list in the workspace, and enter it into the gradebook."""
    people = read_roster(path)
    write_atomically(workspace.root / ROSTER, roster_text(people))
    with nbgrader_api.gradebook(workspace) as book:
        for p in people:
            given = {"first_name": p.first_name, "last_name": p.last_name, "email": p.email, "lms_user_id": p.lms_user_id}
            book.update_or_create_student(p.id, **{k: v for k, v in given.items() if v})


def known_people(workspace: Workspace) -> KnownPeople:
    """Who is known: the class list where there is one, else everybody seen so far."""
    if (workspace.root / ROSTER).is_file():
        return KnownPeople(read_roster(workspace.root / ROSTER), complete=True)
    seen = {person.id: person for person in people_seen(workspace)}
    if workspace.gradebook.exists():
        with nbgrader_api.gradebook(workspace) as book:
            given = ("first_name", "last_name", "email", "lms_user_id")
            for student in book.students:
                seen.setdefault(student.id, Person(student.id, **{f: getattr(student, f) or "" for f in given}))
    return KnownPeople(list(seen.values()), complete=False)


def students_without_submission(workspace: Workspace, assignment: str) -> list[str]:
    """Ids of known people who have handed in nothing for an assignment."""
    handed_in = set(workspace.students(assignment))
    return sorted(p.id for p in known_people(workspace).people if p.id not in handed_in)
