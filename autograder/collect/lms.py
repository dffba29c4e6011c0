"""Which student a file of an LMS download belongs to: the ways in which Canvas, Moodle and Blackboard name files, and plain ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from nbgrader.utils import parse_utc

from autograder.collect.roster import STUDENT_ID, Person, folded
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
MOODLE_FOLDER = r"(?P<student_name>[^/_]+)_\d+_assignsubmission_.*"
"""A name of Moodle, whatever the file in the folder is called."""


@dataclass(frozen=True)
class NamedFile:
    """What a name says: whose file it is, under which name it was handed in, and when, if the name tells."""

    who: str
    lms_id: str | None
    name: str
    time: datetime | None


def parse_name(name: str, pattern: str | None = None) -> NamedFile | None:
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
            handed_in_as = groups.get("file") or PurePosixPath(name).name
            return NamedFile(who.strip(), groups.get("lms_id"), handed_in_as, _time_in_name(groups.get("timestamp")))
    return None


def patterns_of_download(names: Collection[str]) -> tuple[str, ...]:
    """The patterns of the LMS that made a download: those that most of its names fit, of which there may be two."""
    counts = {pattern: sum(re.fullmatch(pattern, name) is not None for name in names) for pattern in LMS_PATTERNS}
    most = max(counts.values())
    return tuple(pattern for pattern, count in counts.items() if count == most > 0)


def parse_name_among(name: str, patterns: tuple[str, ...]) -> NamedFile | None:
    """Read a name as the LMS of its download writes names; None when that could mean two students.

    The LMS begins a name and the student ends it: one that ends like a name of another LMS would be somebody else's there.

    Parameters
    ----------
    patterns : from `patterns_of_download`, for all names of the download. A name that fits none of them is read in any way it can be.
    """
    readings = [file for pattern in patterns if (file := parse_name(name, pattern)) is not None]
    if not readings:
        return parse_name(name)
    return readings[0] if len({file.who for file in readings}) == 1 else None


def parse_known_person(name: str, people: Iterable[Person]) -> NamedFile | None:
    """A loose file named after somebody who is known: the longest id that it begins with, which may hold underscores itself."""
    found = [p.id for p in people if name.startswith(p.id + "_") and "/" not in name and "_" in p.id]
    if not found:
        return None
    longest = max(found, key=len)
    return NamedFile(longest, None, name.removeprefix(longest + "_"), None)


def checked_pattern(pattern: str | None) -> str | None:
    """A pattern that can be used; `WorkspaceError` says what is wrong with another."""
    if pattern is None:
        return None
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise WorkspaceError(f"--pattern is not a regular expression: {error}") from error
    if not {"student_id", "student_name"} & set(groups):
        raise WorkspaceError("--pattern needs a group (?P<student_id>...) or (?P<student_name>...)")
    return pattern


def _time_in_name(text: str | None) -> datetime | None:
    if not text:
        return None
    if (parts := re.fullmatch(r"(\d{4}-\d\d-\d\d)[-_T ](\d\d)[-:](\d\d)[-:](\d\d)", text)) is not None:
        text = f"{parts[1]} {parts[2]}:{parts[3]}:{parts[4]}"
    try:
        found: datetime = parse_utc(text)
    except (ValueError, OverflowError):
        return None
    return found


def student_of(file: NamedFile, people: Iterable[Person], *, strict: bool) -> str | None:
    """The id of the student whose file it is.

    Parameters
    ----------
    people : who is known.
    strict : whether ``people`` is the whole class, so that an unknown name is nobody's.

    Returns
    -------
    The id, or None when the name is nobody's, or more than one person's, or somebody else's than the number beside it.
    """
    names = {folded(file.who), folded(file.lms_id or "")} - {""}
    named = {p.id for p in people if folded(file.who) == folded(p.id)}
    numbered = {p.id for p in people if file.lms_id and folded(file.lms_id) == folded(p.lms_user_id)}
    if named and numbered and named != numbered:
        # In some LMS people choose the name that they are shown by; a number they do not.
        return None
    found = named or {p.id for p in people if names & p.names}
    if len(found) == 1:
        return found.pop()
    if found or strict:
        return None
    new = re.sub(r"[^\w.@-]+", "_", file.who).strip("_.-@")
    return new if STUDENT_ID.fullmatch(new) else None


def path_in_submission(name: str, course: Course, notebooks: Iterable[str]) -> str:
    """Where a loose file belongs in a submission: ``layers-1.py`` of a download is ``coursenn/layers.py``."""
    path = PurePosixPath(name)
    if "coursenn" in path.parts[:-1]:
        return "/".join(path.parts[path.parts.index("coursenn") :])
    homes = {PurePosixPath(e).name: f"coursenn/{e}" for e in course.editable}
    homes |= {PurePosixPath(m).name: m for m in course.models} | {f"{n}.ipynb": f"{n}.ipynb" for n in notebooks}
    numbered = re.sub(r"(?:[-_ ]\d+|\s*\(\d+\))(?=\.\w+$)", "", path.name)
    return homes.get(path.name) or homes.get(numbered) or path.name
