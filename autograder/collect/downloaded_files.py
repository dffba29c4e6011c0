"""The files of an LMS download, which is a zip or a folder: each with its name, its time, and how to read it."""

from __future__ import annotations

import contextlib
import functools
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from autograder.given_module import given_module, hand_in
from autograder.times import TimeError, hand_in_instant
from autograder.workspace.workspace import WorkspaceError

litter = given_module("_hand_in.litter")
names = given_module("_hand_in.names")

EPOCH = datetime(1970, 1, 1)
NO_TIME = datetime(1980, 1, 1)
"""The time of a member of a zip that has none."""
EXTENDED_TIME, NTFS_TIME = 0x5455, 0x000A


@dataclass(frozen=True)
class DownloadedFile:
    """One file of the download."""

    name: str
    time: datetime | None
    """In UTC and without a zone, as nbgrader stores it; None if the archive does not say."""
    kind: hand_in.EntryKind
    size: int
    read: Callable[[int], bytes]
    """Called with a number: returns at most that many of the first bytes; raises ``OSError`` if they cannot be read."""

    def entry(self, name: str) -> hand_in.Entry:
        """The file as an entry of a hand-in, under the name that it was handed in with."""
        return hand_in.Entry(name, self.kind, self.size, self.read)


@contextmanager
def open_download(source: Path, zone: tzinfo) -> Iterator[list[DownloadedFile]]:
    """The files of a download, without litter; they can be read inside the block.

    Parameters
    ----------
    zone : the zone for times that a zip holds without one.

    Raises
    ------
    WorkspaceError
        When it is neither a folder nor a zip archive that can be read.
    """
    if source.is_dir():
        paths = (p for p in sorted(source.rglob("*")) if p.is_symlink() or not p.is_dir())
        yield _without_litter([_from_folder(p, source) for p in paths])
        return
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise WorkspaceError(f"{source} is neither a folder nor a zip archive that can be read: {_what_it_is(source) or error}") from error
    with archive:
        yield _without_litter([_from_archive(m, archive, zone) for m in archive.infolist() if not m.is_dir()])


def _what_it_is(source: Path) -> str:
    """What a file that is not a zip is by its first bytes, and what to do; empty if they do not say."""
    contents = given_module("_hand_in.contents")
    try:
        with source.open("rb") as file:
            head = file.read(contents.HEAD_BYTES)
    except OSError:
        return ""
    found = contents.content_of(head)
    name = found.name if found else "a tar archive" if contents.is_tar(head) or contents.is_gzip(head) else ""
    return f"it is {name}; unpack it, or download it again as a zip, and name that" if name else ""


def _without_litter(files: list[DownloadedFile]) -> list[DownloadedFile]:
    """Without files that nobody means to hand in. The top folder shows that something is a virtual environment, so it is removed whole."""
    environments = litter.environments_among(file.name for file in files)
    return [file for file in files if not litter.is_litter(file.name, environments)]


def _from_folder(path: Path, top: Path) -> DownloadedFile:
    info = path.lstat()
    time = EPOCH + timedelta(seconds=int(info.st_mtime))
    kind = given_module("_hand_in.entries").kind_of_mode(info.st_mode)
    read = functools.partial(given_module("_hand_in.folders").read_path, path)
    return DownloadedFile(names.normalised(path.relative_to(top).as_posix()), time, kind, info.st_size, read)


def _name(member: zipfile.ZipInfo) -> str:
    """The name of a member; UTF-8 that is not marked as such is still read as UTF-8."""
    name = member.filename
    if not member.flag_bits & 0x800 and not name.isascii():
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode("utf-8")
    normalised: str = names.normalised(name)
    return normalised


def _from_archive(member: zipfile.ZipInfo, archive: zipfile.ZipFile, zone: tzinfo) -> DownloadedFile:
    kind = given_module("_hand_in.zips").kind_of_member(member)
    return DownloadedFile(
        _name(member), time_of_member(member, zone), kind, member.file_size, functools.partial(_read_member, archive, member)
    )


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    try:
        with archive.open(member) as file:
            return file.read(max_bytes)
    except Exception as error:  # zlib.error and friends share no base class
        if isinstance(error, OSError) and error.errno:
            raise  # the instructor's own disk
        raise OSError("it is damaged in the archive") from error


def time_of_member(member: zipfile.ZipInfo, zone: tzinfo) -> datetime | None:
    """The time of a member: in UTC if one of the two extra fields has it, else what the clock of the zone showed."""
    for kind, data in _extra_fields(member.extra):
        try:
            if kind == EXTENDED_TIME and data[0] & 1:
                return EPOCH + timedelta(seconds=struct.unpack_from("<i", data, 1)[0])
            if kind == NTFS_TIME and struct.unpack_from("<HH", data, 4) == (1, 24):
                ticks = struct.unpack_from("<Q", data, 8)[0]
                return datetime(1601, 1, 1) + timedelta(seconds=ticks // 10_000_000)
        except (struct.error, IndexError, OverflowError):
            continue
    try:
        wall = datetime(*member.date_time)
        return None if wall == NO_TIME else hand_in_instant(wall, zone)
    except (ValueError, OverflowError, TimeError):
        return None


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        yield kind, extra[4 : 4 + size]
        extra = extra[4 + size :]


def now() -> datetime:
    """The time, in UTC and without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)
