"""`collect --from`: what an LMS lets an instructor download, sorted by student and attempt and unpacked into ``submitted/``."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.collect.deliveries import Collected, Delivery, DeliveryResult, take_delivery
from autograder.collect.downloaded_files import DownloadedFile, open_download
from autograder.collect.lms import (
    NamedFile,
    checked_pattern,
    parse_known_person,
    parse_name,
    parse_name_among,
    path_in_submission,
    patterns_of_download,
    student_of,
)
from autograder.collect.roster import Person, known_people, set_roster, students_without_submission
from autograder.intake.archives import open_archive
from autograder.intake.incoming import IncomingFiles, common_folder, unzip
from autograder.intake.limits import MAX_COLLECTED_ARCHIVE_ENTRIES, MAX_COLLECTED_BYTES
from autograder.manifest import Assignment, Course
from autograder.paths import printable
from autograder.workspace.workspace import Workspace


@dataclass
class _Attempt:
    """What one student handed in at one time."""

    time: datetime
    files: list[tuple[DownloadedFile, NamedFile]]


def collect_download(
    workspace: Workspace, course: Course, assignment: str, source: Path, pattern: str | None = None, roster: Path | None = None
) -> Collected:
    """Collect from an LMS download: an archive of archives, or of loose files named by student, or a folder of the same.

    Parameters
    ----------
    source : zip file or folder.
    pattern : a regular expression for names, see `autograder.collect.lms.parse_name`.
    roster : CSV of the whole class; kept in the workspace. With one, names that are nobody's are reported and left alone.
    """
    chosen = course.assignment(assignment)
    expression = checked_pattern(pattern)
    with workspace.writing("collect"):
        if roster is not None:
            set_roster(workspace, roster)
        collected = Collected()
        with open_download(source) as files:
            attempts = _attempts_by_student(files, expression, *known_people(workspace), collected.unattributed)
            for student in sorted(attempts):
                for attempt in sorted(attempts[student], key=lambda a: (a.time, a.files[0][0].name)):
                    collected.deliveries.append(_unpack_attempt(workspace, course, chosen, student, attempt))
        collected.missing = students_without_submission(workspace, assignment)
        return collected


def _attempts_by_student(
    files: list[DownloadedFile], expression: str | None, people: list[Person], strict: bool, unattributed: list[str]
) -> dict[str, list[_Attempt]]:
    """Sort the files of a download by student and attempt; those that are nobody's are listed."""
    attempts: dict[str, list[_Attempt]] = {}
    patterns = patterns_of_download([file.name for file in files])
    for file in files:
        named = _parse_without_pattern(file.name, people, patterns) if expression is None else parse_name(file.name, expression)
        student = student_of(named, people, strict=strict) if named else None
        if named is None or student is None or file.link:
            unattributed.append(printable(file.name) + (" (a link)" if file.link else ""))
        else:
            _add_to_attempts(attempts.setdefault(student, []), file, named)
    return attempts


def _parse_without_pattern(name: str, people: list[Person], patterns: tuple[str, ...]) -> NamedFile | None:
    return parse_known_person(name, people) or parse_name_among(name, patterns)


def _add_to_attempts(attempts: list[_Attempt], file: DownloadedFile, named: NamedFile) -> None:
    """Every archive is an attempt of its own; loose files of one time in the name, or of none, are one attempt."""
    time = named.time or file.time
    if not file.is_zip:
        for attempt in attempts:
            loose = [n for f, n in attempt.files if not f.is_zip]
            if loose and loose[0].time == named.time:
                attempt.files.append((file, named))
                attempt.time = max(attempt.time, time)
                return
    attempts.append(_Attempt(time, [(file, named)]))


def _unpack_attempt(workspace: Workspace, course: Course, assignment: Assignment, student: str, attempt: _Attempt) -> DeliveryResult:
    with tempfile.TemporaryDirectory(dir=workspace.root, prefix=".incoming-", ignore_cleanup_errors=True) as work:
        incoming = IncomingFiles(Path(work, "files"))
        incoming.target.mkdir()
        # A system that numbers repeated uploads counts up: the last one is the one that stays.
        for file, named in sorted(attempt.files, key=lambda pair: (pair[0].time, pair[0].name), reverse=True):
            if file.is_zip:
                _unpack_archive(file, incoming, Path(work, "packed.zip"))
            else:
                incoming.add(path_in_submission(named.name, course, assignment.notebooks), file.open())
        time = attempt.time.replace(microsecond=0)
        return take_delivery(workspace, assignment.name, Delivery(student, time, incoming.target, incoming.refused, "download"))


def _unpack_archive(file: DownloadedFile, incoming: IncomingFiles, packed: Path) -> None:
    size = 0
    with packed.open("wb") as copy:
        for chunk in file.open():
            size += len(chunk)
            if size > MAX_COLLECTED_BYTES:
                incoming.refuse(file.name, f"it is larger than {MAX_COLLECTED_BYTES // 1_000_000} MB")
                return
            copy.write(chunk)
    try:
        with open_archive(packed, MAX_COLLECTED_BYTES, MAX_COLLECTED_ARCHIVE_ENTRIES) as archive:
            names = [m.filename for m in archive.infolist() if not m.is_dir()]
            unzip(archive, incoming, common_folder(names))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        incoming.refuse(file.name, f"it cannot be unpacked ({error})")
