"""The members of a tar, compressed by gzip or not: read one after the other within bounds of bytes, members and time."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from . import limits
from .entries import CHUNK_BYTES, Entry, EntryKind, HandInError, nothing_to_read
from .litter import environments_among, is_litter
from .names import normalised


class Bounded(io.RawIOBase):
    """A file that is read in small pieces, for so many bytes and so long: tarfile reads a header as long as it says it is.

    Parameters
    ----------
    file : may be seen backwards too; what is unpacked again for that counts again.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.renew()

    def renew(self) -> None:
        """Start counting again."""
        self._left = limits.MAX_TAR_BYTES
        self._end = time.monotonic() + limits.MAX_TAR_SECONDS

    def read(self, size: int = -1) -> bytes:
        """Read a piece; ``OSError`` when that would break a bound."""
        if not 0 <= size <= limits.MAX_TAR_HEADER_BYTES:
            raise OSError("it has a header that is longer than any program writes")
        self._count(size)
        return self.file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; forward in a compressed file this unpacks what is between, backward all from its start."""
        here = self.file.tell()
        if whence != 0 or offset < 0:
            raise OSError("it is damaged")
        self._count(offset - here if offset >= here else offset)
        return self.file.seek(offset)

    def tell(self) -> int:
        """The place in the unpacked file."""
        return self.file.tell()

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0 or time.monotonic() > self._end:
            raise OSError("it unpacks to more than is read")


@contextmanager
def open_tar(file: BinaryIO, compressed: bool) -> Iterator[list[Entry]]:
    """The members of a tar that are not folders, without litter; they can be read inside the block.

    Raises
    ------
    HandInError
        When it is not a tar, or too large to be listed.
    """
    file.seek(0)
    plain = gzip.GzipFile(fileobj=file, mode="rb") if compressed else file
    bounded = Bounded(plain)  # type: ignore[arg-type]
    try:
        archive = tarfile.TarFile(fileobj=bounded, mode="r")
    except MemoryError:
        raise
    except Exception as error:  # zlib.error shares no base class with the others
        raise HandInError("it is not a tar archive that can be read: it may have been cut short on its way") from error
    with archive, contextlib.closing(plain) if compressed else contextlib.nullcontext():
        entries = list(_entries(archive, bounded))
        bounded.renew()
        yield entries


def _entries(archive: tarfile.TarFile, bounded: Bounded) -> Iterator[Entry]:
    members, environments, stopped = _members(archive)
    for name, member in members:
        if not is_litter(name, environments):
            yield Entry(name, _kind(member), member.size, functools.partial(_read_member, archive, bounded, member))
    if stopped:
        yield Entry("the rest of the archive", EntryKind.FILE, 0, nothing_to_read, stopped)


def _members(archive: tarfile.TarFile) -> tuple[list[tuple[str, tarfile.TarInfo]], set[str], str]:
    """The members but folders and litter; the virtual environments; and why there are not more when the end could not be reached."""
    found: list[tuple[str, tarfile.TarInfo]] = []
    environments: set[str] = set()
    before = -1
    for _ in range(limits.MAX_TAR_MEMBERS):
        try:
            member = archive.next()
        except MemoryError:
            raise
        except Exception as error:  # zlib.error shares no base class with the others
            return found, environments, _reason(error)
        if member is None:
            return found, environments, ""
        archive.members = []  # type: ignore[attr-defined]
        if member.offset <= before or member.size < 0:
            return found, environments, "it is damaged"
        before = member.offset
        name = normalised(member.name)
        environments |= environments_among([name])
        if not member.isdir() and not is_litter(name):
            found.append((name, member))
    return found, environments, "it holds too many files"


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, OSError) and str(error).startswith("it ") else "it is damaged or cut short"


def _kind(member: tarfile.TarInfo) -> EntryKind:
    if member.issym() or member.islnk():
        return EntryKind.LINK
    if not member.isreg():
        return EntryKind.SPECIAL
    return EntryKind.SPARSE if member.issparse() else EntryKind.FILE


def _read_member(archive: tarfile.TarFile, bounded: Bounded, member: tarfile.TarInfo, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    left = min(max_bytes, member.size)
    try:
        bounded.seek(member.offset_data)
        while left > 0 and (chunk := bounded.read(min(left, CHUNK_BYTES))):
            chunks.append(chunk)
            left -= len(chunk)
    except MemoryError:
        raise
    except Exception as error:  # zlib.error shares no base class with the others
        raise OSError(_reason(error)) from error
    if left > 0:
        raise OSError("it is damaged in the archive")
    return b"".join(chunks)
