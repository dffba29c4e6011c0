"""The files below a folder on the disk: shallow ones first, litter never entered, and no folder so large that it stops the reading."""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from . import limits
from .entries import Entry, EntryKind, kind_of_mode, nothing_to_read, open_file
from .litter import ENVIRONMENT_FOLDERS, ENVIRONMENT_MARKS, is_litter, is_litter_folder
from .names import folded

NOT_ARCHIVES = (".py", ".ipynb", ".npz", ".txt", ".json")
GRADED_ENDINGS = (*NOT_ARCHIVES, ".zip", ".gz", ".tgz", ".tar")
"""Endings of what may be graded or hold what is; what has another one is remembered up to a number."""


def folder_entries(root: Path) -> Iterator[Entry]:
    """Every entry below a folder that is not a folder itself, without litter.

    Raises
    ------
    OSError
        When the folder itself cannot be read. One inside it that cannot is an entry of its own.
    """
    folders = deque([("", root)])
    looked_at = listed = left_out = 0
    while folders:
        inside, folder = folders.popleft()
        try:
            found, rest, count = _listing(folder, limits.MAX_LOOKED_AT - looked_at)
        except OSError as error:
            if not inside:
                raise
            yield Entry(inside, EntryKind.UNREADABLE_FOLDER, 0, functools.partial(_fail, error))
            continue
        looked_at, left_out = looked_at + count, left_out + rest
        environment = any(item.name in ENVIRONMENT_MARKS for item in found)
        for item in found:
            name = f"{inside}/{item.name}" if inside else item.name
            if item.is_dir(follow_symlinks=False):
                if not is_litter_folder(item.name, folder.name) and not (environment and item.name in ENVIRONMENT_FOLDERS):
                    folders.append((name, Path(item.path)))
                continue
            if is_litter(item.name) or is_litter_folder(item.name):
                continue
            if not _may_count(item.name):
                listed += 1
                if listed > limits.MAX_LISTED:
                    left_out += 1
                    continue
            yield _entry(name, item)
        if looked_at >= limits.MAX_LOOKED_AT:
            yield Entry(inside or ".", EntryKind.NOT_LOOKED_AT, 0, nothing_to_read)
            return
    if left_out:
        yield Entry(f"{left_out} more files", EntryKind.NOT_LOOKED_AT, 0, nothing_to_read)


def file_entries(folder: Path) -> Iterator[Entry]:
    """The entries directly in a folder that are not folders and may be graded, without litter, in order."""
    for item in _listing(folder, limits.MAX_LOOKED_AT)[0]:
        if item.is_dir(follow_symlinks=False) or is_litter(item.name) or is_litter_folder(item.name):
            continue
        if item.is_symlink() or folded(item.name).endswith(NOT_ARCHIVES):
            yield _entry(item.name, item)


def _listing(folder: Path, at_most: int) -> tuple[list[os.DirEntry[str]], int, int]:
    """The entries of one folder in order: all that may count and a bounded number of others; how many others there are; how many in all."""
    found: list[os.DirEntry[str]] = []
    others = rest = count = 0
    with os.scandir(folder) as listing:
        for item in listing:
            count += 1
            if count > at_most:
                break
            if not _may_count(item.name) and item.name not in ENVIRONMENT_MARKS and not item.is_dir(follow_symlinks=False):
                others += 1
                if others > limits.MAX_LISTED:
                    rest += 1
                    continue
            found.append(item)
    return sorted(found, key=lambda item: item.name), rest, count


def _may_count(name: str) -> bool:
    return folded(name[-40:]).endswith(GRADED_ENDINGS)


def _entry(name: str, item: os.DirEntry[str]) -> Entry:
    try:
        info = item.stat(follow_symlinks=False)
    except OSError as error:
        return Entry(name, EntryKind.FILE, 0, functools.partial(_fail, error))
    return Entry(name, kind_of_mode(info.st_mode), info.st_size, functools.partial(read_path, item.path))


def _fail(error: OSError, max_bytes: int) -> bytes:
    raise error


def read_path(path: str | Path, max_bytes: int) -> bytes:
    """The first bytes of an ordinary file on the disk."""
    with open_file(path) as file:
        return file.read(max_bytes)
