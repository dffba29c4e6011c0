"""The entries of a hand-in: of a folder, a zip, a tar, or one loose file; an archive inside it is opened in place, one level deep."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from . import limits
from .contents import HEAD_BYTES, content_of, is_archive, is_gzip, is_tar, is_zip
from .entries import NO_FAULT_OF_THE_STUDENT, Entry, EntryKind, HandInError, kind_of_mode, open_file
from .folders import folder_entries, read_path
from .names import folded, originals
from .tars import open_tar
from .zips import open_zip, zip_entries

ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".gz")
NO_ARCHIVE = "it is not an archive that can be read: it may not have arrived whole"
NEVER_OPENED = (".py", ".ipynb", ".npz")
"""A file of weights is a zip by its bytes."""


@contextmanager
def open_entries(path: Path, *, inner: bool = True) -> Iterator[list[Entry]]:
    """The entries of a folder, a zip, a tar, a compressed tar or a single file, without litter; they can be read inside the block.

    Parameters
    ----------
    inner : whether an archive among the entries is opened in place.

    Raises
    ------
    HandInError
        When there is nothing there, or it cannot be read; the message says why.
    """
    with ExitStack() as stack:
        entries = _outer_entries(stack, path)
        yield opened_in(stack, entries) if inner else entries


def _outer_entries(stack: ExitStack, path: Path) -> list[Entry]:
    try:
        if path.is_dir():
            return list(folder_entries(path))
        if not path.exists() and not path.is_symlink():
            raise HandInError("there is no such file or folder")
        with open_file(path) as file:
            head = file.read(HEAD_BYTES)
        if _is_opened(path.name, head):
            return _archive_entries(stack, stack.enter_context(open_file(path)), head)
        if _is_no_archive(path.name, head):
            raise HandInError(NO_ARCHIVE)
        info = path.lstat()
        return [Entry(path.name, kind_of_mode(info.st_mode), info.st_size, functools.partial(read_path, path))]
    except OSError as error:
        if error.errno in NO_FAULT_OF_THE_STUDENT:
            raise
        raise HandInError(f"it cannot be read ({error.strerror or error})") from error


@contextmanager
def opened_archives(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The same entries with those in place of archives that the archives hold: ``work.zip/coursenn/layers.py``."""
    with ExitStack() as stack:
        yield opened_in(stack, entries)


def opened_in(stack: ExitStack, entries: Iterable[Entry]) -> list[Entry]:
    """The same, open as long as a stack is."""
    entries = list(entries)
    files = [e for e in entries if e.kind is EntryKind.FILE and not e.problem and not folded(e.name).endswith(NEVER_OPENED)]
    # What is called an archive is looked at first: there is a bound.
    looked_at = {id(e) for e in sorted(files, key=lambda e: not folded(e.name).endswith(ARCHIVE_ENDINGS))[: limits.MAX_SNIFFED]}
    found: list[Entry] = []
    opened, left = 0, limits.MAX_INNER_BYTES
    for entry in entries:
        head = _head(entry) if id(entry) in looked_at else None
        if head is None:
            found.append(entry)
        elif not _is_opened(entry.name, head):
            found.append(replace(entry, problem=NO_ARCHIVE) if _is_no_archive(entry.name, head) else entry)
        elif opened == limits.MAX_INNER_ARCHIVES:
            found.append(replace(entry, problem=f"there are more than {opened} archives"))
        else:
            opened += 1
            copy, problem = _copy(stack, entry, left)
            left -= copy.tell() if copy else 0
            found += _opened(stack, entry, copy, head) if copy else [replace(entry, problem=problem)]
    return found


def _head(entry: Entry) -> bytes | None:
    try:
        return entry.read(HEAD_BYTES)
    except OSError:
        return None


def _is_opened(name: str, head: bytes) -> bool:
    return is_archive(head, name) and not any(original.endswith(NEVER_OPENED) for original in originals(PurePosixPath(name).name))


def _is_no_archive(name: str, head: bytes) -> bool:
    """Whether a file is called an archive, and nothing says what it is instead."""
    return folded(name).endswith(ARCHIVE_ENDINGS) and content_of(head, name) is None


def _copy(stack: ExitStack, entry: Entry, left: int) -> tuple[BinaryIO | None, str]:
    """A copy of an archive on the disk, as far as the bounds allow, or why there is none. A full disk is no fault of the archive."""
    most = min(limits.MAX_INNER_ARCHIVE_BYTES, left)
    try:
        data = entry.read(most + 1)
    except OSError as error:
        return None, str(error.strerror or error)
    if len(data) > limits.MAX_INNER_ARCHIVE_BYTES:
        return None, f"it is larger than {limits.megabytes(limits.MAX_INNER_ARCHIVE_BYTES)}"
    if len(data) > most:
        return None, f"together with the other archives it is larger than {limits.megabytes(limits.MAX_INNER_BYTES)}"
    copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    copy.write(data)
    return cast("BinaryIO", copy), ""  # a wrapper of one on Windows


def _opened(stack: ExitStack, entry: Entry, copy: BinaryIO, head: bytes) -> list[Entry]:
    """The entries of an archive inside a hand-in, or the archive itself with its problem."""
    try:
        inner = _archive_entries(stack, copy, head)
    except HandInError as error:
        return [replace(entry, problem=str(error))]
    return [replace(each, name=f"{entry.name}/{each.name}") for each in inner]


def _archive_entries(stack: ExitStack, file: BinaryIO, head: bytes) -> list[Entry]:
    if is_zip(head):
        return list(zip_entries(stack.enter_context(open_zip(file))))
    return stack.enter_context(open_tar(file, compressed=is_gzip(head) and not is_tar(head)))
