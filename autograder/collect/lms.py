"""Which student a file of an LMS download belongs to: the ways in which Canvas, Moodle and Blackboard name files, and plain ones."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from nbgrader.utils import parse_utc

from autograder.collect.deliveries import STUDENT
from autograder.manifest import Course
from autograder.workspace.workspace import WorkspaceError

PATTERNS = (
    # Moodle: "Jane Doe_1234567_assignsubmission_file_/work.zip", or the same without the folder
    r"(?P<student_name>[^/_]+)_(?P<lms_id>\d+)_assignsubmission_(?:file|onlinetext)_?/?(?P<file>.*)",
    # Blackboard: "Layers_jdoe_attempt_2026-10-01-12-30-05_work.zip"
    r"[^/]+?_(?P<student_id>[^/_]+)_attempt_(?P<timestamp>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<file>.+)|\.txt)",
    # Canvas: "doejane_LATE_4711_99887_work-1.zip"
    r"(?P<student_id>[^/_]+)(?:_LATE)?_(?P<lms_id>\d+)_\d+_(?P<file>.+)",
    # one folder for each student
    r"(?P<student_id>[^/]+)/(?P<file>.+)",
    # one archive for each student
    r"(?P<student_id>[^/]+?)(?P<file>\.zip)",
    # loose files: "jdoe_layers.py"
    r"(?P<student_id>[^/_]+)_(?P<file>[^/]+)",
)

LMS_PATTERNS = PATTERNS[:3]


@dataclass(frozen=True)
class Entry:
    """What a name says: whose file it is, under which name it was handed in, and when, if the name tells."""

    who: str
    lms_id: str | None
    file: str
    time: datetime | None


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
        return {fold(w) for w in ways} - {""}


def parse(name: str, pattern: str | None = None) -> Entry | None:
    """Read a name of the download; None when no pattern fits.

    Parameters
    ----------
    name : path inside the download, with forward slashes.
    pattern : a regular expression with a group ``student_id`` (or ``student_name``) and, if the name holds them, ``file``,
        ``lms_id`` and ``timestamp``; instead of the built-in ones.
    """
    for each in (pattern,) if pattern else PATTERNS:
        match = re.fullmatch(each, name)
        if match is None:
            continue
        groups = match.groupdict()
        who = groups.get("student_id") or groups.get("student_name")
        if who:
            return Entry(who.strip(), groups.get("lms_id"), groups.get("file") or PurePosixPath(name).name, _time(groups.get("timestamp")))
    return None


def spoken(names: Collection[str]) -> tuple[str, ...]:
    """The patterns of the LMS that made a download: those that most of its names fit, of which there may be two."""
    counts = {pattern: sum(re.fullmatch(pattern, name) is not None for name in names) for pattern in LMS_PATTERNS}
    most = max(counts.values())
    return tuple(pattern for pattern, count in counts.items() if count == most > 0)


def parse_among(name: str, patterns: tuple[str, ...]) -> Entry | None:
    """Read a name as the LMS of its download writes names; None when that could mean two students.

    The LMS begins a name and the student ends it: one that ends like a name of another LMS would be somebody else's there.

    Parameters
    ----------
    patterns : from `spoken`, for all names of the download. A name that fits none of them is read in any way it can be.
    """
    readings = [entry for pattern in patterns if (entry := parse(name, pattern)) is not None]
    if not readings:
        return parse(name)
    return readings[0] if len({entry.who for entry in readings}) == 1 else None


def known_prefix(name: str, people: Iterable[Person]) -> Entry | None:
    """A loose file named after somebody who is known: the longest id that it begins with, which may hold underscores itself."""
    found = [p.id for p in people if name.startswith(p.id + "_") and "/" not in name and "_" in p.id]
    if not found:
        return None
    longest = max(found, key=len)
    return Entry(longest, None, name.removeprefix(longest + "_"), None)


def checked_pattern(pattern: str | None) -> str | None:
    """A pattern that can be used; `WorkspaceError` says what is wrong with another."""
    if pattern is None:
        return None
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise WorkspaceError(f"--pattern is no regular expression: {error}") from error
    if not {"student_id", "student_name"} & set(groups):
        raise WorkspaceError("--pattern needs a group (?P<student_id>...) or (?P<student_name>...)")
    return pattern


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    if (parts := re.fullmatch(r"(\d{4}-\d\d-\d\d)[-_T ](\d\d)[-:](\d\d)[-:](\d\d)", text)) is not None:
        text = f"{parts[1]} {parts[2]}:{parts[3]}:{parts[4]}"
    try:
        found: datetime = parse_utc(text)
    except (ValueError, OverflowError):
        return None
    return found


def fold(text: str) -> str:
    """Letters and digits alone, without accents and case: how names are compared."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def attribute(entry: Entry, people: Iterable[Person], *, strict: bool) -> str | None:
    """The id of the student an entry belongs to.

    Parameters
    ----------
    people : who is known.
    strict : whether ``people`` is the whole class, so that an unknown name is nobody's.

    Returns
    -------
    The id, or None when the name is nobody's, or more than one person's, or somebody else's than the number beside it.
    """
    wanted = {fold(entry.who), fold(entry.lms_id or "")} - {""}
    named = {p.id for p in people if fold(entry.who) == fold(p.id)}
    numbered = {p.id for p in people if entry.lms_id and fold(entry.lms_id) == fold(p.lms_user_id)}
    if named and numbered and named != numbered:
        # In some LMS people choose the name that they are shown by; a number they do not.
        return None
    found = named or {p.id for p in people if wanted & p.names}
    if len(found) == 1:
        return found.pop()
    if found or strict:
        return None
    new = re.sub(r"[^\w.@-]+", "_", entry.who).strip("_.-@")
    return new if STUDENT.fullmatch(new) else None


def read_roster(path: Path) -> list[Person]:
    """People from a CSV file with the columns that ``nbgrader db student import`` knows; ``id`` is needed."""
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
        if not STUDENT.fullmatch(person.id):
            raise WorkspaceError(f"the roster {path} holds the id {person.id!r}: use letters, digits and . @ _ -")
    return people


def place(name: str, course: Course, notebooks: Iterable[str]) -> str:
    """Where a loose file belongs in a submission: ``layers-1.py`` of a download is ``coursenn/layers.py``."""
    path = PurePosixPath(name)
    if "coursenn" in path.parts[:-1]:
        return "/".join(path.parts[path.parts.index("coursenn") :])
    homes = {PurePosixPath(e).name: f"coursenn/{e}" for e in course.editable}
    homes |= {PurePosixPath(m).name: m for m in course.models} | {f"{n}.ipynb": f"{n}.ipynb" for n in notebooks}
    numbered = re.sub(r"(?:[-_ ]\d+|\s*\(\d+\))(?=\.\w+$)", "", path.name)
    return homes.get(path.name) or homes.get(numbered) or path.name
