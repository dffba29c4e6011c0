"""The files of an LMS download, which is a zip or a folder: each with its name, its time, and how to read it."""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.collect.lms import MOODLE_FOLDER, parse_name
from autograder.intake.archives import kind_of_member, read_member
from autograder.intake.files import EntryKind, read_file
from autograder.intake.limits import COLLECTED_CLUTTER
from autograder.workspace.workspace import WorkspaceError


@dataclass
class DownloadedFile:
    """One file of the download."""

    name: str
    time: datetime
    """In UTC and without a zone, as nbgrader keeps it."""
    open: Callable[[], Iterator[bytes]]
    link: bool = False
    """Whether it is a link or a special file instead."""

    @property
    def is_zip(self) -> bool:
        """Whether it is somebody's archive, rather than a file that was handed in by itself."""
        return self.name.endswith(".zip")


@contextmanager
def open_download(source: Path) -> Iterator[list[DownloadedFile]]:
    """The files of a download, without clutter; they can be read inside the block.

    Raises
    ------
    WorkspaceError
        When it is neither a folder nor a zip archive that can be read.
    """
    if source.is_dir():
        files = (p for p in sorted(source.rglob("*")) if p.is_symlink() or p.is_file())
        yield [_from_folder(p, source) for p in files if p.name not in COLLECTED_CLUTTER]
        return
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise WorkspaceError(f"{source} is neither a folder nor a zip archive that can be read: {error}") from error
    with archive:
        members = [m for m in archive.infolist() if not m.is_dir() and m.filename not in COLLECTED_CLUTTER]
        prefix = _wrapping_folder([m.filename for m in members])
        yield [_from_archive(m, archive, prefix) for m in members]


def _from_folder(path: Path, top: Path) -> DownloadedFile:
    time = datetime.fromtimestamp(path.lstat().st_mtime, UTC).replace(tzinfo=None)
    return DownloadedFile(path.relative_to(top).as_posix(), time, functools.partial(read_file, path), link=path.is_symlink())


def _from_archive(member: zipfile.ZipInfo, archive: zipfile.ZipFile, prefix: str) -> DownloadedFile:
    link = kind_of_member(member) in (EntryKind.LINK, EntryKind.SPECIAL)
    name = member.filename.removeprefix(prefix)
    return DownloadedFile(name, _member_time(member), functools.partial(read_member, archive, member), link=link)


def _wrapping_folder(names: list[str]) -> str:
    """The one folder that some systems put around everything: it tells nothing about students."""
    tops = {PurePosixPath(n).parts[0] for n in names if n}
    if len(names) < 2 or len(tops) != 1 or any("/" not in n for n in names) or parse_name(names[0], MOODLE_FOLDER):
        return ""
    inside = [PurePosixPath(n).parts[1] for n in names]
    # A folder that holds one submission itself is a student's.
    return "" if "coursenn" in inside or any(i.endswith(".ipynb") and parse_name(i) is None for i in inside) else tops.pop() + "/"


def _member_time(member: zipfile.ZipInfo) -> datetime:
    """A member's time is local time without a zone; UTC is what nbgrader keeps."""
    try:
        return datetime(*member.date_time).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return datetime(1980, 1, 1)
