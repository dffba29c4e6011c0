"""Reads a zip that somebody else has made: nothing it announces is believed, and no member unpacks without a bound."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

MAX_DIRECTORY_BYTES_PER_ENTRY = 512
TAIL_BYTES = 66_000
HEADER_BYTES = 30
END, END_64 = b"PK\x05\x06", b"PK\x06\x06"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Python unpacks the other methods in pieces whose size nobody bounds: 50 bytes of bzip2 become a megabyte."""


class ArchiveError(ValueError):
    """The archive as a whole is not read; the message says why."""


def open_archive(path: Path, max_bytes: int, max_entries: int) -> zipfile.ZipFile:
    """Open a zip of at most so many bytes and entries.

    Raises
    ------
    ArchiveError
        When it is no zip, or larger. The size of its directory is looked at before that is read.
    """
    if path.stat().st_size > max_bytes:
        raise ArchiveError(f"more than {max_bytes >> 20} MB in all")
    if announced_directory_bytes(path) > max_entries * MAX_DIRECTORY_BYTES_PER_ENTRY:
        raise ArchiveError(f"more than {max_entries} files in the archive")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
        raise ArchiveError("the file is not a zip archive that can be read") from error
    if len(archive.infolist()) > max_entries:
        archive.close()
        raise ArchiveError(f"more than {max_entries} files in the archive")
    return archive


def announced_directory_bytes(path: Path) -> int:
    """How long the directory of a zip is, by the record at its end; 0 when there is none."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        tail = file.read()
    sizes = [0]
    for sign, offset, form in ((END, 12, "<L"), (END_64, 40, "<Q")):
        start = tail.rfind(sign)
        if start >= 0 and start + offset + struct.calcsize(form) <= len(tail):
            sizes.append(struct.unpack_from(form, tail, start + offset)[0])
    # All bits set in the short record: the long one counts.
    return max(size for size in sizes if size != 0xFFFF_FFFF)


def kind_of(member: zipfile.ZipInfo) -> str:
    """``file``, or what a member is instead."""
    mode = stat.S_IFMT(member.external_attr >> 16)
    if stat.S_ISLNK(mode):
        return "link"
    if mode not in (0, stat.S_IFREG):
        return "device or pipe"
    if member.flag_bits & 1:
        return "encrypted file"
    if member.compress_type not in METHODS:
        return "file that is not packed in the ordinary way (deflate)"
    return "file"


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
