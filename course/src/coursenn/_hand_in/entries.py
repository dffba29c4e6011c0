"""One entry of a hand-in, wherever it comes from: its name inside, what it is, and how to read a bounded part of it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 16
NO_FAULT_OF_THE_STUDENT = tuple(getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EROFS") if hasattr(errno, name))
"""A full disk, a used-up quota, a file system that cannot be written: these end a command instead of costing a file."""
# Without following a link, and without waiting for a writer when it is a pipe. Windows has neither flag.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_OPEN_FLAGS |= getattr(os, "O_BINARY", 0)


class HandInError(ValueError):
    """The hand-in as a whole cannot be read; the message says why, and what to do."""


class EntryKind(StrEnum):
    """What an entry is. Only a file is read; the text of the others says why they are not."""

    FILE = "it is a file"
    FOLDER = "it is a folder"
    LINK = "it is a link, and links are not accepted"
    SPECIAL = "it is a device, a pipe or a socket"
    UNREADABLE_FOLDER = "this folder cannot be read"
    ENCRYPTED = "it is encrypted"
    UNCOMMON_METHOD = "it is not compressed in the ordinary way (deflate)"
    OVERLAPPING = "it shares its bytes with another file of the archive"
    SPARSE = "it is stored as a sparse file"
    NOT_LOOKED_AT = "there is more than is looked at"


@dataclass(frozen=True)
class Entry:
    """One entry of a hand-in.

    Parameters
    ----------
    name : path inside the hand-in, as a stranger wrote it.
    kind : what it is.
    size : what is announced, for people; nothing relies on it.
    read : gives the first bytes, at most so many; raises ``OSError`` when they cannot be read.
    problem : why it is not read, where the kind does not say it.
    """

    name: str
    kind: EntryKind
    size: int
    read: Callable[[int], bytes]
    problem: str = ""


def nothing_to_read(max_bytes: int) -> bytes:
    """``Entry.read`` of what is only listed."""
    raise OSError("it is not a file")


def kind_of_mode(mode: int) -> EntryKind:
    """What an entry is by its ``st_mode``."""
    kinds = {stat.S_IFREG: EntryKind.FILE, stat.S_IFDIR: EntryKind.FOLDER, stat.S_IFLNK: EntryKind.LINK}
    return kinds.get(stat.S_IFMT(mode), EntryKind.SPECIAL)


def open_file(path: str | Path) -> BinaryIO:
    """Open an ordinary file for reading, whatever has been put in its place since it was listed.

    Raises
    ------
    OSError
        When it is a link or anything else but a file, or cannot be read.
    """
    descriptor = os.open(path, _OPEN_FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is not a file")
    return os.fdopen(descriptor, "rb")
