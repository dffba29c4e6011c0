"""`collect`: from nbgrader's exchange, or from what an LMS lets an instructor download."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from nbgrader.exchange import ExchangeError

from autograder.collect.deliveries import Accepted, Delivery, accept
from autograder.collect.lms import Entry, Person, attribute, checked_pattern, known_prefix, parse, parse_among, place, read_roster, spoken
from autograder.intake.archives import open_archive
from autograder.intake.files import (
    MAX_FILES,
    MAX_TOTAL_BYTES,
    Intake,
    common_folder,
    ignored,
    is_link,
    read_file,
    read_member,
    remove_tree,
    unzip,
)
from autograder.manifest import Course
from autograder.paths import printable
from autograder.workspace import nbgrader_api
from autograder.workspace.workspace import Workspace, WorkspaceError

ROSTER = "roster.csv"


@dataclass
class Collected:
    """What became of every delivery, what belongs to nobody, and who handed in nothing."""

    accepted: list[Accepted] = field(default_factory=list)
    unattributed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def findings(self) -> bool:
        """Whether somebody should look at the result."""
        return bool(self.unattributed) or any(a.outcome == "refused" for a in self.accepted)


def collect_exchange(workspace: Workspace, course: Course, assignment: str) -> Collected:
    """Collect the newest attempt of everybody from nbgrader's exchange."""
    course.assignment(assignment)
    with workspace.writing("collect"):
        api = nbgrader_api.api(workspace)
        api.coursedir.assignment_id = assignment
        collector = api.exchange.Collect(coursedir=api.coursedir, authenticator=api.authenticator, parent=api)
        try:
            collector.start()
        except ExchangeError as error:
            raise WorkspaceError(
                f"nbgrader's exchange: {error}. Release the assignment first, or name the exchange with --exchange."
            ) from error
        return _finished(workspace, assignment, Collected(list(collector.accepted)))


def collect_download(
    workspace: Workspace, course: Course, assignment: str, source: Path, pattern: str | None = None, roster: Path | None = None
) -> Collected:
    """Collect from an LMS download: an archive of archives, or of loose files named by student, or a folder of the same.

    Parameters
    ----------
    source : zip file or folder.
    pattern : a regular expression for names, see `autograder.collect.lms.parse`.
    roster : CSV of the whole class; kept in the workspace. With one, names that are nobody's are reported and left alone.
    """
    chosen = course.assignment(assignment)
    expression = checked_pattern(pattern)
    with workspace.writing("collect"):
        if roster is not None:
            set_roster(workspace, roster)
        people, strict = known_people(workspace)
        done = Collected()
        attempts: dict[str, list[_Attempt]] = {}
        with _items(source) as items:
            patterns = spoken([item.name for item in items])
            for item in items:
                entry = _entry(item.name, people, patterns) if expression is None else parse(item.name, expression)
                student = attribute(entry, people, strict=strict) if entry else None
                if entry is None or student is None or item.link:
                    done.unattributed.append(printable(item.name) + (" (a link)" if item.link else ""))
                else:
                    _sort_in(attempts.setdefault(student, []), item, entry)
            for student in sorted(attempts):
                for attempt in sorted(attempts[student], key=lambda a: (a.time, a.items[0][0].name)):
                    done.accepted.append(_unpack(workspace, course, assignment, chosen.notebooks, student, attempt))
        return _finished(workspace, assignment, done)


def _entry(name: str, people: list[Person], patterns: tuple[str, ...]) -> Entry | None:
    return known_prefix(name, people) or parse_among(name, patterns)


@dataclass
class _Item:
    """One file of the download."""

    name: str
    time: datetime
    open: Callable[[], Iterator[bytes]]
    link: bool = False


@dataclass
class _Attempt:
    time: datetime
    items: list[tuple[_Item, Entry]]


@contextlib.contextmanager
def _items(source: Path) -> Iterator[list[_Item]]:
    """The files of a download; they can be read inside the block."""
    if source.is_dir():
        yield [_file_item(p, source) for p in sorted(source.rglob("*")) if (p.is_symlink() or p.is_file()) and not ignored(p.name)]
        return
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise WorkspaceError(f"{source} is neither a folder nor a zip archive that can be read: {error}") from error
    with archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not ignored(m.filename)]
        prefix = _wrapping([m.filename for m in members])
        yield [_member_item(m, archive, prefix) for m in members]


def _file_item(path: Path, top: Path) -> _Item:
    time = datetime.fromtimestamp(path.lstat().st_mtime, UTC).replace(tzinfo=None)
    return _Item(path.relative_to(top).as_posix(), time, lambda: read_file(path), link=path.is_symlink())


def _member_item(member: zipfile.ZipInfo, archive: zipfile.ZipFile, prefix: str) -> _Item:
    return _Item(member.filename[len(prefix) :], _zip_time(member), lambda: read_member(archive, member), link=is_link(member))


def _wrapping(names: list[str]) -> str:
    """The one folder that some systems put around everything: it tells nothing about students."""
    tops = {PurePosixPath(n).parts[0] for n in names if n}
    if len(names) < 2 or len(tops) != 1 or any("/" not in n for n in names) or parse(names[0], _MOODLE):
        return ""
    inside = [PurePosixPath(n).parts[1] for n in names]
    # A folder that holds one submission itself is a student's.
    return "" if "coursenn" in inside or any(i.endswith(".ipynb") and parse(i) is None for i in inside) else tops.pop() + "/"


_MOODLE = r"(?P<student_name>[^/_]+)_\d+_assignsubmission_.*"


def _zip_time(member: zipfile.ZipInfo) -> datetime:
    """A member's time is local time without a zone; UTC is what nbgrader keeps."""
    try:
        return datetime(*member.date_time).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return datetime(1980, 1, 1)


def _sort_in(attempts: list[_Attempt], item: _Item, entry: Entry) -> None:
    """Every archive is an attempt of its own; loose files of one time in the name, or of none, are one attempt."""
    time = entry.time or item.time
    if not item.name.endswith(".zip"):
        for attempt in attempts:
            loose = [e for i, e in attempt.items if not i.name.endswith(".zip")]
            if loose and loose[0].time == entry.time:
                attempt.items.append((item, entry))
                attempt.time = max(attempt.time, time)
                return
    attempts.append(_Attempt(time, [(item, entry)]))


def _unpack(workspace: Workspace, course: Course, assignment: str, notebooks: tuple[str, ...], student: str, attempt: _Attempt) -> Accepted:
    work = Path(tempfile.mkdtemp(dir=workspace.root, prefix=".incoming-"))
    try:
        intake = Intake(work / "files")
        intake.target.mkdir()
        # A system that numbers repeated uploads counts up: the last one is the one that stays.
        for item, entry in sorted(attempt.items, key=lambda pair: (pair[0].time, pair[0].name), reverse=True):
            if item.name.endswith(".zip"):
                _unpack_archive(item, intake, work)
            else:
                intake.add(place(entry.file, course, notebooks), item.open())
        time = attempt.time.replace(microsecond=0)
        return accept(workspace, assignment, Delivery(student, time, intake.target, intake.refused, "download"))
    finally:
        remove_tree(work)


def _unpack_archive(item: _Item, intake: Intake, work: Path) -> None:
    packed = work / "packed.zip"
    size = 0
    with packed.open("wb") as file:
        for chunk in item.open():
            size += len(chunk)
            if size > MAX_TOTAL_BYTES:
                intake.refused.append(f"{printable(item.name)}: larger than {MAX_TOTAL_BYTES // 1_000_000} MB")
                return
            file.write(chunk)
    try:
        with open_archive(packed, MAX_TOTAL_BYTES, 5 * MAX_FILES) as archive:
            names = [m.filename for m in archive.infolist() if not m.is_dir()]
            unzip(archive, intake, common_folder(names))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        intake.refused.append(f"{printable(item.name)}: no readable archive ({error})")


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


def _finished(workspace: Workspace, assignment: str, done: Collected) -> Collected:
    here = set(workspace.students(assignment))
    done.missing = sorted(p.id for p in known_people(workspace)[0] if p.id not in here)
    return done
