"""What a submission holds, listed from a folder or a zip: each entry with its name, what it is, and how to read it."""

from __future__ import annotations

import functools
import itertools
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.intake import limits
from autograder.intake.archives import kinds_of_members, open_archive
from autograder.intake.files import EntryKind, kind_of_mode, open_file


class UnusableSubmission(Exception):
    """The submission as a whole cannot be graded; the message says why."""


@dataclass(frozen=True)
class SubmittedFile:
    """One entry of a submission: its name inside, what it is, and how to read it (at most so many bytes)."""

    name: str
    kind: EntryKind
    size: int
    read: Callable[[int], bytes]


@contextmanager
def open_submission(path: Path) -> Iterator[list[SubmittedFile]]:
    """The entries of a folder or a zip, without clutter; they can be read inside the block.

    Raises
    ------
    UnusableSubmission, ArchiveError, OSError
        When there is nothing, or too much, or it cannot be read.
    """
    if path.is_dir():
        yield list(_folder_entries(path))
    elif path.is_file():
        with open_archive(path, limits.MAX_STAGED_BYTES, limits.MAX_STAGED_ENTRIES) as archive:
            yield list(_archive_entries(archive))
    else:
        raise UnusableSubmission("there is no such file or folder")


def _folder_entries(root: Path) -> Iterator[SubmittedFile]:
    count = 0
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                found = sorted(itertools.islice(listing, limits.MAX_STAGED_ENTRIES + 1), key=lambda e: e.name)
        except OSError as error:
            if folder == root:
                raise
            yield SubmittedFile(folder.relative_to(root).as_posix(), EntryKind.UNREADABLE_FOLDER, 0, functools.partial(_fail, error))
            continue
        for item in found:
            name = Path(item.path).relative_to(root).as_posix()
            if name in limits.STAGED_CLUTTER:
                continue
            count += 1
            if count > limits.MAX_STAGED_ENTRIES:
                raise UnusableSubmission(f"it holds more than {limits.MAX_STAGED_ENTRIES} files")
            # Asked first, since it needs no look at the entry: a path that is too long for one is found out when the folder is listed.
            if item.is_dir(follow_symlinks=False):
                folders.append(Path(item.path))
                continue
            info = item.stat(follow_symlinks=False)
            yield SubmittedFile(name, kind_of_mode(info.st_mode), info.st_size, functools.partial(_read_file, item.path))


def _fail(error: OSError, max_bytes: int) -> bytes:
    raise error


def _read_file(path: str, max_bytes: int) -> bytes:
    with open_file(path) as file:
        return file.read(max_bytes)


def _archive_entries(archive: zipfile.ZipFile) -> Iterator[SubmittedFile]:
    for member, kind in kinds_of_members(archive):
        name = _normalised(member.filename)
        if name in limits.STAGED_CLUTTER:
            continue
        # zipfile cuts a name at its first NUL.
        full_name = member.orig_filename if "\0" in member.orig_filename else name
        yield SubmittedFile(full_name, kind, member.file_size, functools.partial(_read_member, archive, member))


def _normalised(name: str) -> str:
    """A name of an archive with forward slashes, each once, and without ``./``; ``..`` and a slash in front are kept, to be refused."""
    name = name.replace("\\", "/")
    return PurePosixPath(name).as_posix() if name else ""


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    try:
        with archive.open(member) as file:
            return file.read(max_bytes)
    except Exception as error:  # zlib.error and friends share no base class
        raise OSError("it is damaged in the archive") from error
