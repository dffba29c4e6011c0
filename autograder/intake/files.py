"""Reading files that a stranger has put somewhere: only ordinary files, and no link is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from autograder.intake.limits import MAX_NOTEBOOK_BYTES

CHUNK_BYTES = 1 << 20
# Without following a link, and without waiting for a writer when it is a pipe. Windows has neither flag.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class EntryKind(StrEnum):
    """What an entry of a folder or of an archive is. Only a file is accepted; the text of the others says why they are not."""

    FILE = "it is a file"
    FOLDER = "it is a folder"
    LINK = "it is a link, and links are not accepted"
    SPECIAL = "it is a device, a pipe or a socket"
    UNREADABLE_FOLDER = "this folder cannot be read"
    ENCRYPTED = "it is encrypted"
    UNCOMMON_METHOD = "it is not compressed in the ordinary way (deflate)"
    OVERLAPPING = "it shares its bytes with another file of the archive"


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


def read_file(path: Path) -> Iterator[bytes]:
    """Chunks of an ordinary file; raises as `open_file` does."""
    with open_file(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def read_regular(path: Path, max_bytes: int = MAX_NOTEBOOK_BYTES) -> bytes | None:
    """The bytes of an ordinary file, or None when there is none; of one that is too large one byte more than allowed."""
    if path.is_symlink() or not path.is_file():
        return None
    with open_file(path) as file:
        return file.read(max_bytes + 1)
