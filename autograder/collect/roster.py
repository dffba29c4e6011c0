"""Who is in the class: the list that an instructor gives, kept in the workspace, or else everybody seen so far."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace, WorkspaceError

ROSTER = "roster.csv"
STUDENT_ID = re.compile(r"[^\W_][\w.@-]{0,99}")
"""Ids of students: nbgrader uses them as folder names and in file patterns."""


@dataclass(frozen=True)
class Person:
    """A student as the roster knows them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def names(self) -> set[str]:
        """Every way in which an LMS may write this person, folded."""
        first, last = self.first_name, self.last_name
        ways = {self.id, self.email, self.email.split("@")[0], self.lms_user_id, f"{first} {last}", f"{last} {first}", f"{last}, {first}"}
        return {folded(w) for w in ways} - {""}


def folded(text: str) -> str:
    """Only the letters and digits of a name, without accents and case: this is how names are compared."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def read_roster(path: Path) -> list[Person]:
    """People from a CSV file with the columns that ``nbgrader db student import`` knows; ``id`` is needed.

    Raises
    ------
    WorkspaceError
        When the file cannot be read, has no such column, or holds an id that cannot be used.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WorkspaceError(f"cannot read the roster {path}: {error}") from error
    if rows and "id" not in rows[0]:
        raise WorkspaceError(f"the roster {path} needs a column named id; it may have first_name, last_name, email and lms_user_id")
    fields = ("id", "first_name", "last_name", "email", "lms_user_id")
    people = [Person(**{f: (row.get(f) or "").strip() for f in fields}) for row in rows]
    for person in people:
        if not STUDENT_ID.fullmatch(person.id):
            raise WorkspaceError(f"the roster {path} holds the id {person.id!r}: use letters, digits and . @ _ -")
    return people


def set_roster(workspace: Workspace, path: Path) -> None:
    """Keep the class list in the workspace, and enter it into the gradebook."""
    people = read_roster(path)
    if path.resolve() != (workspace.root / ROSTER).resolve():
        (workspace.root / ROSTER).write_bytes(path.read_bytes())
    with nbgrader_api.gradebook(workspace) as book:
        for p in people:
            fields = {"first_name": p.first_name, "last_name": p.last_name, "email": p.email, "lms_user_id": p.lms_user_id}
            book.update_or_create_student(p.id, **{k: v for k, v in fields.items() if v})


def known_people(workspace: Workspace) -> tuple[list[Person], bool]:
    """Who is known, and whether that is the whole class (there is a roster) or those seen so far."""
    if (workspace.root / ROSTER).is_file():
        return read_roster(workspace.root / ROSTER), True
    if not workspace.gradebook.exists():
        return [], False
    with nbgrader_api.gradebook(workspace) as book:
        fields = ("first_name", "last_name", "email", "lms_user_id")
        return [Person(s.id, **{f: getattr(s, f) or "" for f in fields}) for s in book.students], False


def students_without_submission(workspace: Workspace, assignment: str) -> list[str]:
    """Ids of known people who have handed in nothing for an assignment."""
    handed_in = set(workspace.students(assignment))
    return sorted(p.id for p in known_people(workspace)[0] if p.id not in handed_in)
