"""Random downloads: classes, systems, names, time zones, stray files and archives, each with the expected result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from hypothesis import strategies as st

from autograder.collect.people import folded
from tests.autograder.collect import downloads
from tests.autograder.collect.downloads import Hand, Members
from tests.hand_ins import LITTER, PACKERS, RULES, content_for, in_release, layouts, loose, others, renamed, renamings, wrappings

NAMES = [
    *(("Ann", "Roe"), ("Ann", "Roe"), ("Anne-Marie", "O'Neil"), ("Jané", "Doe"), ("Ada", "Love"), ("李", "雷"), ("Éve", "Ünal")),
    *(("Ann Marie", "van der Berg"), ("Doe", "Jane"), ("Late", "Attempt"), ("Team A", "Roe"), ("Max", "1001")),
]
IDS = ["ada", "ben", "j_doe", "doe", "a.b", "ab", "s+1", "s1", "x@y.org", "Zoë", "late", "1001", "anon", "o-neil"]
ZONES = ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
HOSTILE = [
    *("work", "my work - final", "x_ada_attempt_2030-01-01-00-00-00_work", "99_1_2_work", "Ann Roe_1001_assignsubmission_file_work"),
    *("1001-2 - Ada Love - Oct 1, 2020 600 PM - work", "Love, Ada(ada)", "submission_9001", "..", "ada", "a" * 120),
]


@dataclass(frozen=True)
class Form:
    """One form of one system, and the facts that it reveals."""

    make: Callable[[Sequence[Hand]], Members]
    by: str
    """The fact that identifies the owner: the ``number``, a ``name`` with a number that only helps, or the ``login``."""
    time: str
    """``zone``: stated by the clock of the system; ``utc``; ``member``: that of the file; ``none``."""
    folders: bool = True
    """Whether hand-ins keep their folders."""


FORMS = {
    "canvas": Form(downloads.canvas, "number", "none", folders=False),
    "moodle": Form(downloads.moodle, "name", "member"),
    "moodle new": Form(lambda hands: downloads.moodle(hands, underscore=False), "name", "member"),
    "moodle flat": Form(lambda hands: downloads.moodle(hands, folders=False), "name", "member", folders=False),
    "blackboard": Form(downloads.blackboard, "login", "zone", folders=False),
    "blackboard _": Form(lambda hands: downloads.blackboard(hands, "Week_3_Layers"), "login", "zone", folders=False),
    "brightspace": Form(downloads.brightspace, "name", "zone"),
    "brightspace flat": Form(lambda hands: downloads.brightspace(hands, folders=False), "name", "zone", folders=False),
    "brightspace wrapped": Form(lambda hands: downloads.brightspace(hands, wrapped=True), "name", "zone"),
    "sakai": Form(downloads.sakai, "login", "utc"),
    "sakai japanese": Form(lambda hands: downloads.sakai(hands, "提出物の添付ファイル"), "login", "utc"),
    "gradescope": Form(downloads.gradescope, "login", "utc"),
    "folders": Form(downloads.plain, "login", "member"),
}


@dataclass(frozen=True)
class Student:
    """A member of the class, the files that this student hands in, and how they are shown."""

    hand: Hand
    lms_user_id: str
    places: tuple[str, ...]
    mark: str = ""
    """A mark in every file of this student and of nobody else."""

    def content(self, place: str) -> bytes:
        """Return this student's text for a path."""
        return content_for(place, word=self.mark)


@dataclass(frozen=True)
class Case:
    """A class and the download that its LMS offers."""

    form: str
    students: tuple[Student, ...]
    members: Members
    zone: str
    as_folder: bool

    def certain(self, student: Student) -> bool:
        """Whether the download and the roster identify the owner without doubt."""
        rest = [s for s in self.students if s is not student]
        by = FORMS[self.form].by
        if by == "login":
            # The name of Blackboard's assignment may run into the login.
            cut = self.form.startswith("blackboard")
            return not cut or not any(a.hand.login.endswith("_" + b.hand.login) for a in self.students for b in self.students)
        if by == "number" and student.lms_user_id:
            return True
        shown = folded(student.hand.name if by == "name" else student.hand.last + student.hand.first)
        mine = shown not in {name for s in rest for name in _names(s)}
        helps = str(student.hand.number) == student.lms_user_id
        theirs = any(str(student.hand.number) == s.lms_user_id for s in rest)
        return (mine and not theirs) or (helps and by == "name")


def _names(student: Student) -> set[str]:
    hand = student.hand
    return {folded(n) for n in (hand.login, hand.login.split("@")[0], f"{hand.first} {hand.last}", f"{hand.last} {hand.first}")}


@st.composite
def cases(draw: Callable[[Any], Any]) -> Case:
    """A download."""
    form = draw(st.sampled_from(list(FORMS)))
    logins = draw(st.lists(st.sampled_from(IDS), min_size=2, max_size=4, unique=True))
    numbers = draw(st.lists(st.sampled_from([7, 1001, 1002, 4711, 39700, 1234567]), min_size=4, max_size=4, unique=True))
    on_roster = draw(st.booleans())
    students = []
    for login, number in zip(logins, numbers, strict=False):
        first, last = draw(st.sampled_from(NAMES))
        shown_number = number if FORMS[form].by != "name" or draw(st.booleans()) else draw(st.integers(50_000, 90_000)) + len(students)
        at = datetime(2026, 1, 1) + timedelta(minutes=draw(st.integers(0, 500_000)), seconds=2 * draw(st.integers(0, 29)))
        places = tuple(draw(st.lists(st.sampled_from(RULES.places), min_size=1, max_size=4, unique=True)))
        hand = Hand(login, first, last, shown_number, (), at, draw(st.booleans()))
        student = Student(hand, str(number) if on_roster else "", places, f"<student {len(students)}>")
        students.append(replace(student, hand=replace(hand, files=_packed(draw, student, FORMS[form]))))
    members = FORMS[form].make([s.hand for s in students])
    if draw(st.booleans()):
        members = [*members, ("__MACOSX/._x", b"", downloads.NOON), (".DS_Store", b"", downloads.NOON)]
    if draw(st.integers(0, 3)) == 0:
        members = [(f"Download of May/{name}", content, at) for name, content, at in members]
    return Case(form, tuple(students), members, draw(st.sampled_from(ZONES)), draw(st.booleans()))


def _packed(draw: Callable[[Any], Any], student: Student, form: Form) -> tuple[tuple[str, bytes], ...]:
    """Return a student's upload: loose files, or archives of the files in some layout, with stray files around them."""
    ways = ["loose", "one", "two"] + (["folder"] if form.folders else [])
    way = draw(st.sampled_from(ways))
    if way in ("loose", "folder"):
        layout = loose if way == "loose" else in_release
        return tuple((renamed(layout(place), *draw(renamings)), student.content(place)) for place in student.places)
    layout, wrapping = draw(layouts), draw(wrappings)
    left = set(draw(st.lists(st.sampled_from(LITTER), max_size=3, unique=True)))
    # A Python environment is recognised by the content of its top folder.
    left |= {mark for mark in ("my environment/pyvenv.cfg", "conda/conda-meta/history") for name in left if name[:5] == mark[:5]}
    litter = [(f"{wrapping}{name}", b"# litter\n") for name in sorted(left)]
    more = [(f"{wrapping}{name}", b"more") for name in draw(others)]
    files = [(wrapping + renamed(layout(place), *draw(renamings)), student.content(place)) for place in student.places]
    ending = draw(st.sampled_from(list(PACKERS)))
    name = draw(st.sampled_from(HOSTILE))
    shout = draw(st.booleans())
    if draw(st.integers(0, 4)) == 0:  # an archive in the archive
        inner = draw(st.sampled_from(list(PACKERS)))
        files = [(f"{wrapping}inner{inner}", PACKERS[inner](files))]
    half = len(files) // 2 if way == "two" else len(files)
    parts = [part for part in (files[:half], files[half:]) if part]
    return tuple(
        (f"{name}{n or ''}{ending.upper() if shout else ending}", PACKERS[ending]([*litter, *part, *more])) for n, part in enumerate(parts)
    )


def longest_name(members: Members) -> int:
    """The longest name of a file or folder, in bytes."""
    return max(len(part.encode()) for name, _, _ in members for part in PurePosixPath(name).parts)
