"""Copying what students hand in: no links, no devices, no name that leaves its folder, bounded sizes."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.intake.archives import kind_of, overlapping
from autograder.paths import printable

MAX_FILES = 1_000
MAX_FILE_BYTES = 50_000_000
MAX_TOTAL_BYTES = 100_000_000
IGNORED_FOLDERS = {"__pycache__", ".ipynb_checkpoints", "__MACOSX", ".git", ".venv"}
IGNORED_SUFFIXES = {".pyc", ".so", ".pyd"}
IGNORED_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass
class Intake:
    """Files on their way into ``submitted/``, counted against the limits; what is left out is listed with the reason."""

    target: Path
    refused: list[str] = field(default_factory=list)
    files: int = 0
    size: int = 0

    def add(self, name: str, content: Iterator[bytes]) -> bool:
        """Write one file below the target, in chunks; False when it was refused."""
        reason = self._reason(name)
        if reason is None:
            path = self.target.joinpath(*PurePosixPath(name).parts)
            try:
                reason = self._write(path, content)
            except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
                with contextlib.suppress(OSError):
                    path.unlink()
                if isinstance(error, OSError) and error.errno in (28, 122, 30):  # disk full, quota, read-only: not the student's doing
                    raise
                reason = f"cannot be read ({error})"
        if reason is not None:
            self.refused.append(f"{printable(name)}: {reason}")
        return reason is None

    def _reason(self, name: str) -> str | None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or ":" in name:
            return "this name leaves the folder"
        if "\0" in name or any(len(part.encode("utf-8", "surrogateescape")) > 255 for part in path.parts) or len(path.parts) > 10:
            return "no usable name"
        if not name.isprintable():
            return "control characters in its name"
        if self.files >= MAX_FILES:
            return f"more than {MAX_FILES} files"
        if self.target.joinpath(*path.parts).exists():
            return "two files of this name"
        return None

    def _write(self, path: Path, content: Iterator[bytes]) -> str | None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files += 1
        written = 0
        with path.open("xb") as file:
            for chunk in content:
                written += len(chunk)
                self.size += len(chunk)
                if written > MAX_FILE_BYTES or self.size > MAX_TOTAL_BYTES:
                    break
                file.write(chunk)
            else:
                return None
        path.unlink()
        self.size -= written
        limit = MAX_FILE_BYTES if written > MAX_FILE_BYTES else MAX_TOTAL_BYTES
        return f"larger than {limit // 1_000_000} MB{'' if limit == MAX_FILE_BYTES else ' together with the others'}"


def ignored(name: str) -> bool:
    """Whether a file is litter that no one means to hand in."""
    path = PurePosixPath(name)
    return bool(IGNORED_FOLDERS & set(path.parts)) or path.suffix in IGNORED_SUFFIXES or path.name in IGNORED_FILES


def copy_tree(source: Path, intake: Intake) -> None:
    """Copy regular files; links and special files are refused, and links to folders are not followed."""
    for place, folders, names in os.walk(source, followlinks=False):
        folders[:] = sorted(f for f in folders if not _refuse_link(Path(place, f), source, intake))
        for name in sorted(names):
            path = Path(place, name)
            relative = path.relative_to(source).as_posix()
            if ignored(relative) or _refuse_link(path, source, intake):
                continue
            intake.add(relative, read_file(path))


def _refuse_link(path: Path, top: Path, intake: Intake) -> bool:
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return False
    intake.refused.append(f"{printable(path.relative_to(top).as_posix())}: {'a link' if stat.S_ISLNK(mode) else 'no regular file'}")
    return True


def read_file(path: Path) -> Iterator[bytes]:
    """Chunks of a file, opened so that a link put there in the meantime is not followed."""
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def is_link(member: zipfile.ZipInfo) -> bool:
    """Whether a member of an archive is a link or a special file."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    return kind not in (0, stat.S_IFREG, stat.S_IFDIR)


def unzip(archive: zipfile.ZipFile, intake: Intake, prefix: str = "") -> None:
    """Unpack members below ``prefix`` into the intake; links, and members that do not unpack piece by piece, are refused."""
    shared = overlapping(archive.infolist())
    for member in archive.infolist():
        if member.is_dir() or not member.filename.startswith(prefix) or ignored(member.filename):
            continue
        name = member.filename[len(prefix) :]
        if (kind := kind_of(member)) != "file":
            intake.refused.append(f"{printable(name)}: a {kind}")
        elif member.header_offset in shared:
            intake.refused.append(f"{printable(name)}: shares its bytes with another file of the archive")
        else:
            intake.add(name, read_member(archive, member))


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Chunks of a member; what is really unpacked counts, not what the archive claims."""
    with archive.open(member) as file:
        while chunk := file.read(1 << 20):
            yield chunk


def common_folder(names: list[str]) -> str:
    """The folders that all names share, up to the one that holds ``coursenn/``: students zip the folder or its content."""
    parts = [PurePosixPath(n).parts for n in names if n and not ignored(n)]
    holders = sorted((path[: path.index("coursenn")] for path in parts if "coursenn" in path[:-1]), key=len)
    shared = holders[0] if holders else _shared([p[:-1] for p in parts])
    return "/".join(shared) + "/" if shared else ""


def _shared(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The parts with which all paths begin."""
    same = itertools.takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    return tuple(parts[0] for parts in same)


def remove_tree(folder: Path) -> None:
    """Remove a working folder of ours."""
    shutil.rmtree(folder, ignore_errors=True)
