"""Where a student's work lies on disk, and how files there are read, replaced and backed up.

Shared by `coursenn.submit` and `coursenn.merge`.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

PACKAGE = "coursenn"
MAX_UNPACKED = 500 * 2**20
MAX_ENTRIES = 5000


class WorkError(Exception):
    """Something about a folder or a zip that stops a command; the message says what to do."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the message alone."""
        return [f"Nothing was done: {line}" if i == 0 else line for i, line in enumerate(str(self).splitlines())]


@dataclass(frozen=True)
class Work:
    """A folder of course work: notebooks and ``models/`` in ``folder``, the package in ``package``.

    ``rules`` is the package whose ``tasks.json`` says which files count: a submission holds none of its own.
    """

    folder: Path
    package: Path
    rules: Path | None = None

    @cached_property
    def tasks(self) -> dict[str, Any]:
        """What ``tasks.json`` says; that of the running package where there is none."""
        for path in ((self.rules or self.package) / "tasks.json", Path(__file__).with_name("tasks.json")):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(found, dict) and "editable" in found:
                return found
        raise WorkError(f"{self.package / 'tasks.json'} is missing or damaged: copy it again from the release of the course")

    @property
    def editable(self) -> list[str]:
        """The files a student may edit, relative to the package."""
        return list(self.tasks["editable"])

    def is_given(self, name: str) -> bool:
        """Whether a file of the package came with the release; where the release does not say, every one did."""
        return name in self.tasks.get("given", [name])

    @property
    def stubs(self) -> dict[str, dict[str, str]]:
        """Editable file -> definition -> fingerprint as released; empty where the release does not say."""
        return dict(self.tasks.get("stubs", {}))

    @property
    def notebooks(self) -> list[str]:
        """The notebooks of the course, without their ending."""
        return [name for assignment in self.tasks.get("assignments", []) for name in assignment["notebooks"]]

    @cached_property
    def assigned(self) -> list[str]:
        """The notebooks of the assignments that this folder is for: those with a notebook here, or all where none is."""
        each = [list(assignment["notebooks"]) for assignment in self.tasks.get("assignments", [])]
        here = [names for names in each if any((self.folder / f"{name}.ipynb").exists() for name in names)]
        return [name for names in here or each for name in names]

    @property
    def models(self) -> list[str]:
        """The files of trained weights, relative to the folder."""
        return list(self.tasks.get("models", []))


def find_work(folder: Path) -> Work:
    """Find the package that belongs to a folder.

    It lies in the folder itself (a release), in ``../src`` (the notebooks of the public tree), in ``src`` or ``course/src`` (a place
    in that tree above them), or one folder down when that is the only one (a zip of a folder).

    Raises
    ------
    WorkError
        If there is none.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        raise WorkError(f"{folder} is no folder: name the folder that holds {PACKAGE}/ and your notebooks")
    if folder.name == PACKAGE and (folder / "layers.py").is_file():
        folder = folder.parent
    places = [
        (folder, folder / PACKAGE),
        (folder, folder.parent / "src" / PACKAGE),
        (folder / "notebooks", folder / "src" / PACKAGE),
        (folder / "course" / "notebooks", folder / "course" / "src" / PACKAGE),
    ]
    inner = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith((".", "__"))]
    if len(inner) == 1:
        places.append((inner[0], inner[0] / PACKAGE))
    for base, package in places:
        if package.is_dir():
            return Work(base, package)
    raise WorkError(f"no {PACKAGE}/ in {folder}: name the folder that holds {PACKAGE}/ and your notebooks")


@contextmanager
def open_work(path: Path) -> Iterator[Work]:
    """Find the work in a folder or in a zip, which is unpacked for as long as the context lasts.

    Raises
    ------
    WorkError
        If there is no such folder or zip, or no package in it.
    """
    if not path.is_file():
        if not path.exists():
            raise WorkError(f"{path} does not exist")
        yield find_work(path)
        return
    with tempfile.TemporaryDirectory() as unpacked:
        unpack(path, Path(unpacked))
        try:
            work = find_work(Path(unpacked))
        except WorkError as error:
            raise WorkError(f"no {PACKAGE}/ in {path}: is it a zip of this course?") from error
        yield work


def unpack(archive: Path, folder: Path) -> list[str]:
    """Unpack the ordinary files of a zip into a folder; links and names that leave the folder are skipped.

    Raises
    ------
    WorkError
        If it is no zip, or larger than any work of this course.
    """
    names: list[str] = []
    try:
        with zipfile.ZipFile(archive) as source:
            entries = source.infolist()
            if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_UNPACKED:
                raise WorkError(f"{archive} is larger than any work of this course: it was not unpacked")
            for entry in entries:
                if entry.is_dir() or not is_plain(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
                    continue
                target = folder / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read(entry))
                names.append(entry.filename)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise WorkError(f"{archive} cannot be unpacked ({error}): is it complete, and is it a zip?") from error
    return names


def is_plain(name: str) -> bool:
    """Whether a name from a zip is relative and stays where it is put."""
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step: a reader, or a power cut, meets the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
