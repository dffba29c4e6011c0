"""The members of a zip: nothing it announces is believed, and no member unpacks without a bound."""

from __future__ import annotations

import contextlib
import functools
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from . import limits
from .entries import CHUNK_BYTES, Entry, EntryKind, HandInError, kind_of_mode
from .litter import environments_among, is_litter
from .names import normalised

TAIL_BYTES = 66_000
HEADER_BYTES = 30
END_RECORD, END_RECORD_64 = b"PK\x05\x06", b"PK\x06\x06"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Python unpacks the other methods in pieces whose size nobody bounds: 50 bytes of bzip2 become a megabyte."""


@contextmanager
def open_zip(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open a zip after a look at what its list of files announces.

    Raises
    ------
    HandInError
        When it is not a zip, or its list is too long to be read.
    """
    if announced_directory_bytes(file) > limits.MAX_ZIP_DIRECTORY_BYTES:
        raise HandInError("it holds too many files: pack only coursenn/, the notebooks and models/")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
        raise HandInError("it is not a zip archive that can be read: it may have been cut short on its way") from error
    with archive:
        yield archive


def announced_directory_bytes(file: BinaryIO) -> int:
    """How long the list of files of a zip is, by the record at its end; 0 when there is none."""
    length = file.seek(0, 2)
    file.seek(max(0, length - TAIL_BYTES))
    tail = file.read(TAIL_BYTES)
    sizes = [0]
    for sign, offset, form in ((END_RECORD, 12, "<L"), (END_RECORD_64, 40, "<Q")):
        start = tail.rfind(sign)
        if start >= 0 and start + offset + struct.calcsize(form) <= len(tail):
            sizes.append(struct.unpack_from(form, tail, start + offset)[0])
    # All bits set in the short record: the long one counts.
    return max(size for size in sizes if size != 0xFFFF_FFFF)


def zip_entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Every member that is not a folder by its name, without litter."""
    members = archive.infolist()
    shared = overlapping(members)
    names = [name_of_member(member) for member in members]
    environments = environments_among(names)
    for member, name in zip(members, names, strict=True):
        if member.filename.endswith(("/", "\\")) or is_litter(name, environments):
            continue
        kind = kind_of_member(member)
        if kind is EntryKind.FILE and member.header_offset in shared:
            kind = EntryKind.OVERLAPPING
        # zipfile cuts a name at its first NUL.
        full_name = member.orig_filename if "\0" in member.orig_filename else name
        yield Entry(full_name, kind, member.file_size, functools.partial(_read_member, archive, member))


def name_of_member(member: zipfile.ZipInfo) -> str:
    """The normalised name of a member; one that is not marked as UTF-8 and is UTF-8 all the same is read as that."""
    name = member.filename
    if not member.flag_bits & 0x800 and not name.isascii():
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode("utf-8")
    return normalised(name)


def kind_of_member(member: zipfile.ZipInfo) -> EntryKind:
    """What a member is, by itself."""
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) and (kind := kind_of_mode(mode)) is not EntryKind.FILE:
        return kind
    if member.flag_bits & 1:
        return EntryKind.ENCRYPTED
    return EntryKind.FILE if member.compress_type in METHODS else EntryKind.UNCOMMON_METHOD


def overlapping(members: list[zipfile.ZipInfo]) -> set[int]:
    """Offsets of members that share bytes with another one: a small file can pretend to hold a large one many times."""
    found: set[int] = set()
    furthest, owner = 0, 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < furthest:
            found |= {member.header_offset, owner}
        end = member.header_offset + HEADER_BYTES + len(member.orig_filename) + member.compress_size
        if end > furthest:
            furthest, owner = end, member.header_offset
    return found


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """What is really unpacked counts, not what the archive claims."""
    chunks, left = [], max_bytes
    try:
        with archive.open(member) as file:
            while left > 0 and (chunk := file.read(min(left, CHUNK_BYTES))):
                chunks.append(chunk)
                left -= len(chunk)
    except MemoryError:
        raise
    except Exception as error:  # zlib.error and friends share no base class
        raise OSError("it is damaged in the archive") from error
    return b"".join(chunks)
