"""Reads a zip that somebody else has made: nothing it announces is believed, and no member unpacks without a bound."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from autograder.intake.files import CHUNK_BYTES, EntryKind, kind_of_mode

MAX_DIRECTORY_BYTES_PER_ENTRY = 512
TAIL_BYTES = 66_000
HEADER_BYTES = 30
END_RECORD, END_RECORD_64 = b"PK\x05\x06", b"PK\x06\x06"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Python unpacks the other methods in pieces whose size nobody bounds: 50 bytes of bzip2 become a megabyte."""


class ArchiveError(ValueError):
    """The archive as a whole is not read; the message says why."""


def open_archive(path: Path, max_bytes: int, max_entries: int) -> zipfile.ZipFile:
    """Open a zip of at most so many bytes and entries.

    Raises
    ------
    ArchiveError
        When it is not a zip, or larger. The size of its directory is checked before the directory is read.
    """
    if path.stat().st_size > max_bytes:
        raise ArchiveError(f"it is larger than {max_bytes >> 20} MB in all")
    if announced_directory_bytes(path) > max_entries * MAX_DIRECTORY_BYTES_PER_ENTRY:
        raise ArchiveError(f"it holds more than {max_entries} files")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
        raise ArchiveError("it is not a zip archive that can be read") from error
    if len(archive.infolist()) > max_entries:
        archive.close()
        raise ArchiveError(f"it holds more than {max_entries} files")
    return archive


def announced_directory_bytes(path: Path) -> int:
    """How long the directory of a zip is, by the record at its end; 0 when there is none."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = file.read()
    sizes = [0]
    for sign, offset, form in ((END_RECORD, 12, "<L"), (END_RECORD_64, 40, "<Q")):
        start = tail.rfind(sign)
        if start >= 0 and start + offset + struct.calcsize(form) <= len(tail):
            sizes.append(struct.unpack_from(form, tail, start + offset)[0])
    # All bits set in the short record: the long one counts.
    return max(size for size in sizes if size != 0xFFFF_FFFF)


def kinds_of_members(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, EntryKind]]:
    """Every member that is not a folder by its name, and what it is."""
    members = archive.infolist()
    shared = overlapping(members)
    for member in members:
        if not member.is_dir():
            kind = kind_of_member(member)
            yield member, EntryKind.OVERLAPPING if kind is EntryKind.FILE and member.header_offset in shared else kind


def kind_of_member(member: zipfile.ZipInfo) -> EntryKind:
    """What a member is, by itself."""
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) and (kind := kind_of_mode(mode)) is not EntryKind.FILE:
        return kind
    if member.flag_bits & 1:
        return EntryKind.ENCRYPTED
    return EntryKind.FILE if member.compress_type in METHODS else EntryKind.UNCOMMON_METHOD


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Chunks of a member; what is really unpacked counts, not what the archive claims."""
    with archive.open(member) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


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
