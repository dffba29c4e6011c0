"""Sort the files of a download into submissions: whose each is, when it arrived, and which files are in it."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from autograder.collect.downloaded_files import DownloadedFile
from autograder.collect.people import Found, KnownPeople, Named
from autograder.collect.systems.registry import Recognised
from autograder.collect.systems.shape import Part, Reading
from autograder.given_module import hand_in
from autograder.paths import printable
from autograder.times import TimeError, read_hand_in


@dataclass(frozen=True)
class Unread:
    """A file of a download that belongs to nobody, and why."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{printable(self.name)}: {self.reason}"


@dataclass
class Submission:
    """What one student handed in at one time, in one file or in several."""

    student: str
    files: list[tuple[DownloadedFile, Reading]] = field(default_factory=list)
    stated_time: datetime | None = None
    """When it was handed in, if the system says so."""
    late: bool = False
    remark: str = ""

    @property
    def names(self) -> list[str]:
        """The names under which it was handed in; typed text is named only if there is nothing else."""
        return [r.file for _, r in self.files if r.part is Part.WORK] or [r.file for _, r in self.files]

    @property
    def came(self) -> datetime | None:
        """The time that orders a student's submissions: the stated one, else that of the newest file of the work."""
        work = [f.time for f, r in self.files if f.time is not None and r.part is Part.WORK]
        return self.stated_time or max(work, default=None) or max((f.time for f, _ in self.files if f.time is not None), default=None)


@dataclass
class Sorted:
    """Every submission of a download, and the files that belong to nobody."""

    submissions: list[Submission] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


NOBODY = "its name does not say whose it is"
TWO_READINGS = "its name could mean two different students, since two systems would read it differently"


def sort_files(files: list[DownloadedFile], recognised: Recognised, known: KnownPeople, zone: tzinfo) -> Sorted:
    """Sort the files of a download by student and submission."""
    readings = [(file, recognised.read(file.name)) for file in files]
    known.meet(named for _, found in readings for reading in found[:1] for named in reading.people)
    sorted_ = Sorted()
    find = functools.cache(known.find)
    claims: list[tuple[DownloadedFile, Reading, Named, str]] = []
    for file, found in readings:
        reading = _agreed(found) or (None if found else _known_plainly(recognised.read_plainly(file.name), known))
        if reading is None:
            sorted_.unread.append(Unread(file.name, TWO_READINGS if found else NOBODY))
        elif file.kind is not hand_in.EntryKind.FILE and reading.part is not Part.RECORD:
            sorted_.unread.append(Unread(file.name, str(file.kind)))
        elif reading.part is not Part.RECORD:
            whose = [(named, find(named)) for named in reading.people] or [(Named(), Found(problem=NOBODY))]
            sorted_.unread += [Unread(file.name, found_.problem) for _, found_ in whose if found_.problem]
            sorted_.remarks += [found_.remark for _, found_ in whose if found_.remark]
            claims += [(file, reading, named, student) for named, found_ in whose for student in found_.students]
    sorted_.remarks = list(dict.fromkeys(sorted_.remarks))
    claims = _without_shared_students(claims, sorted_.unread)
    sorted_.submissions = _grouped(claims, zone, sorted_)
    return sorted_


def _agreed(found: list[Reading]) -> Reading | None:
    """What all systems of the download read in a name; None if they mean different people."""
    return found[0] if found and len({reading.people for reading in found}) == 1 else None


def _known_plainly(reading: Reading | None, known: KnownPeople) -> Reading | None:
    """A name that the system did not make: if the class is known, it must be that of somebody in it."""
    return reading if reading and all(not known.complete or known.knows(named.who) for named in reading.people) else None


def _without_shared_students(
    claims: list[tuple[DownloadedFile, Reading, Named, str]], unread: list[Unread]
) -> list[tuple[DownloadedFile, Reading, Named, str]]:
    """Without what two people of an LMS, with two numbers, hand in as one student of the class: one of them is somebody else."""
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for _, _, named, student in claims:
        if named.number and named.number_differs:
            numbers[student].add(named.number)
    shared = {student for student, found in numbers.items() if len(found) > 1}
    for file, _, _, student in claims:
        if student in shared:
            listed = " and ".join(printable(n, 40) for n in sorted(numbers[student]))
            unread.append(Unread(file.name, f"the numbers {listed} both have a name of {student}"))
    return [claim for claim in claims if claim[3] not in shared]


def _grouped(claims: Iterable[tuple[DownloadedFile, Reading, Named, str]], zone: tzinfo, sorted_: Sorted) -> list[Submission]:
    groups: dict[tuple[str, str], Submission] = {}
    for file, reading, _, student in claims:
        submission = groups.setdefault((student, reading.submission), Submission(student))
        submission.files.append((file, reading))
        submission.late |= reading.late
        if reading.time and submission.stated_time is None:
            try:
                submission.stated_time = read_hand_in(reading.time, zone)
            except TimeError as error:
                sorted_.remarks.append(f"{student}: {error}; the time of the file counts")
    # The newest of each student first: if a collection is ended between two of them, the one that counts is there already.
    newest_first = sorted(groups.values(), key=lambda s: (s.came or datetime.min, min(f.name for f, _ in s.files)), reverse=True)
    return sorted(newest_first, key=lambda s: s.student)
