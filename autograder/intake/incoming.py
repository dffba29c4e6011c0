"""Copying what students hand in to a folder of ours: no links, no devices, no name that leaves the folder, bounded sizes."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.intake import limits
from autograder.intake.archives import kinds_of_members, read_member
from autograder.intake.files import EntryKind, kind_of_mode, read_file
from autograder.paths import printable

NO_FAULT_OF_THE_STUDENT = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""A full disk, a used-up quota, a file system that cannot be written: these end the command instead of costing a file."""


@dataclass
class IncomingFiles:
    """Files on their way into ``submitted/``, counted against the limits; what is left out is listed with the reason."""

    target: Path
    refused: list[str] = field(default_factory=list)
    files: int = 0
    size: int = 0

    def add(self, name: str, content: Iterator[bytes]) -> None:
        """Write one file below the target, in chunks, or list why it is refused."""
        reason = self._reason_against_name(name)
        if reason is None:
            path = self.target.joinpath(*PurePosixPath(name).parts)
            try:
                reason = self._write_chunks(path, content)
            except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
                with contextlib.suppress(OSError):
                    path.unlink()
                if isinstance(error, OSError) and error.errno in NO_FAULT_OF_THE_STUDENT:
                    raise
                reason = f"it cannot be read ({error})"
        if reason is not None:
            self.refuse(name, reason)

    def refuse(self, name: str, reason: str) -> None:
        """List a file that is left out."""
        self.refused.append(f"{printable(name)}: {reason}")

    def _reason_against_name(self, name: str) -> str | None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or ":" in name:
            return "its name points outside the submission"
        if not name.isprintable():
            return "its name holds characters that cannot be printed"
        if any(len(part.encode("utf-8", "surrogateescape")) > limits.MAX_NAME_BYTES for part in path.parts):
            return "its name is too long"
        if len(path.parts) > limits.MAX_NAME_DEPTH:
            return f"it lies more than {limits.MAX_NAME_DEPTH - 1} folders deep"
        if self.files >= limits.MAX_COLLECTED_FILES:
            return f"the submission holds more than {limits.MAX_COLLECTED_FILES} files"
        if self.target.joinpath(*path.parts).exists():
            return "there are two files of this name"
        return None

    def _write_chunks(self, path: Path, content: Iterator[bytes]) -> str | None:
        """Write a file as far as the limits allow; the reason when they do not."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files += 1
        written = 0
        with path.open("xb") as file:
            for chunk in content:
                written += len(chunk)
                self.size += len(chunk)
                if written > limits.MAX_COLLECTED_FILE_BYTES or self.size > limits.MAX_COLLECTED_BYTES:
                    break
                file.write(chunk)
            else:
                return None
        path.unlink()
        self.size -= written
        if written > limits.MAX_COLLECTED_FILE_BYTES:
            return f"it is larger than {limits.MAX_COLLECTED_FILE_BYTES // 1_000_000} MB"
        return f"together with the other files it is larger than {limits.MAX_COLLECTED_BYTES // 1_000_000} MB"


def copy_tree(source: Path, incoming: IncomingFiles) -> None:
    """Copy ordinary files; links and special files are refused, and links to folders are not followed."""
    for place, folders, names in os.walk(source, followlinks=False):
        folders.sort()
        for path in (Path(place, name) for name in folders):
            if path.is_symlink():
                incoming.refuse(path.relative_to(source).as_posix(), EntryKind.LINK)
        for path in (Path(place, name) for name in sorted(names)):
            name, kind = path.relative_to(source).as_posix(), kind_of_mode(path.lstat().st_mode)
            if name in limits.COLLECTED_CLUTTER:
                continue
            if kind is EntryKind.FILE:
                incoming.add(name, read_file(path))
            else:
                incoming.refuse(name, kind)


def unzip(archive: zipfile.ZipFile, incoming: IncomingFiles, prefix: str = "") -> None:
    """Unpack the members below ``prefix``; links, and members that do not unpack piece by piece, are refused."""
    for member, kind in kinds_of_members(archive):
        if not member.filename.startswith(prefix) or member.filename in limits.COLLECTED_CLUTTER:
            continue
        name = member.filename[len(prefix) :]
        if kind is EntryKind.FILE:
            incoming.add(name, read_member(archive, member))
        else:
            incoming.refuse(name, kind)


def common_folder(names: list[str]) -> str:
    """The folders that all names share, up to the one that holds ``coursenn/``: students zip the folder or its content."""
    parts = [PurePosixPath(n).parts for n in names if n and n not in limits.COLLECTED_CLUTTER]
    holders = sorted((path[: path.index("coursenn")] for path in parts if "coursenn" in path[:-1]), key=len)
    shared = holders[0] if holders else _common_beginning([p[:-1] for p in parts])
    return "/".join(shared) + "/" if shared else ""


def _common_beginning(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The parts with which all paths begin."""
    same = itertools.takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    return tuple(parts[0] for parts in same)
