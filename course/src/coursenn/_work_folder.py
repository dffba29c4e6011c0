"""Where a student's work is on disk, and how files there are read, replaced and backed up.

Shared by `coursenn.submit` and `coursenn.merge`.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from coursenn._hand_in import Entry, HandIn, HandInError, Rules, open_entries, read_hand_in, unpackable, write_hand_in
from coursenn._hand_in.folders import file_entries, folder_entries

PACKAGE = "coursenn"


class WorkError(Exception):
    """Something about a folder or a zip that stops a command; the message says what to do."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback: only the message."""
        return [f"Nothing was done: {line}" if i == 0 else line for i, line in enumerate(str(self).splitlines())]


@dataclass(frozen=True)
class Work:
    """A folder of course work: notebooks and ``models/`` in ``folder``, the package in ``package``.

    ``tasks_from`` is the package whose ``tasks.json`` says which files count: a submission holds none of its own.
    """

    folder: Path
    package: Path
    tasks_from: Path | None = None

    @cached_property
    def tasks(self) -> dict[str, Any]:
        """What ``tasks.json`` says; that of the running package where there is none."""
        for path in ((self.tasks_from or self.package) / "tasks.json", Path(__file__).with_name("tasks.json")):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(found, dict) and "editable" in found:
                return found
        raise WorkError(f"{self.package / 'tasks.json'} is missing or damaged: copy it again from the release of the course")

    @cached_property
    def rules(self) -> Rules:
        """What counts in a hand-in of this course."""
        return Rules.from_tasks(self.tasks)

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

    It is in the folder itself (a release), in ``../src`` (the notebooks of the public tree), in ``src`` or ``course/src`` (a place
    in that tree above them), or one folder down when that is the only one (a zip of a folder, or of that tree). Of ``src`` in that
    tree, the notebooks are beside it.

    Raises
    ------
    WorkError
        If there is none.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        raise WorkError(f"{folder} is not a folder: name the folder that holds {PACKAGE}/ and your notebooks")
    if folder.name == PACKAGE and (folder / "layers.py").is_file():
        folder = folder.parent
    inner = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith((".", "__"))]
    for base, package in [*_places(folder), *(_places(inner[0]) if len(inner) == 1 else ())]:
        if package.is_dir():
            return Work(base, package)
    raise WorkError(f"no {PACKAGE}/ in {folder}: name the folder that holds {PACKAGE}/ and your notebooks")


def _places(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Where the notebooks and the package may be, relative to a folder."""
    if folder.name == "src" and (folder.parent / "notebooks").is_dir():
        yield folder.parent / "notebooks", folder / PACKAGE
    yield folder, folder / PACKAGE
    yield folder, folder.parent / "src" / PACKAGE
    yield folder / "notebooks", folder / "src" / PACKAGE
    yield folder / "course" / "notebooks", folder / "course" / "src" / PACKAGE


def read_work(work: Work) -> HandIn:
    """Read what would be handed in: the package, the files beside it and ``models/``, as grading reads a hand-in.

    Raises
    ------
    WorkError
        If one of these folders cannot be read.
    """
    try:
        return read_hand_in(_work_entries(work), work.rules)
    except OSError as error:
        raise WorkError(f"{error.filename or work.folder} cannot be read ({error.strerror}): do you have permission to read it?") from error


def _work_entries(work: Work) -> Iterator[Entry]:
    """The entries of a folder of work. Other folders in it are not entered: there may be a whole drive in one."""
    inside = work.package.parent == work.folder
    yield from (e for e in file_entries(work.folder) if e.name != PACKAGE or inside)
    for folder, name in ((work.package, PACKAGE), (work.folder / "models", "models")):
        if folder.is_dir() and not (folder.is_symlink() and folder.parent == work.folder):
            for entry in folder_entries(folder):
                yield replace(entry, name=f"{name}/{entry.name}")


def read_earlier(path: Path, here: Work) -> HandIn:
    """Read an earlier hand-in, in any form that grading reads.

    Parameters
    ----------
    path : a folder, an archive or a file.
    here : the work whose rules count.

    Raises
    ------
    WorkError
        If there is nothing of the course in it, or it is the folder of ``here``.
    """
    if path.is_dir() and here.package.resolve() in (path.resolve() / PACKAGE, path.resolve()):
        raise WorkError("the earlier hand-in and the folder to change are the same folder")
    try:
        with open_entries(path) as entries:
            found = read_hand_in(entries, here.rules)
    except HandInError as error:
        raise WorkError(f"{path}: {error}") from error
    if found.nothing:
        raise WorkError(f"{path}: {found.nothing}")
    return found


@contextmanager
def unpacked(found: HandIn, here: Work) -> Iterator[Work]:
    """What is graded of a hand-in as a folder of work, which lasts as long as the context."""
    with tempfile.TemporaryDirectory() as folder:
        write_hand_in(replace(found, others=[]), Path(folder))
        yield Work(Path(folder), Path(folder) / PACKAGE, tasks_from=here.package)


@contextmanager
def open_release(path: Path) -> Iterator[Work]:
    """Find the course in a folder or in an archive, which is unpacked for as long as the context lasts.

    Raises
    ------
    WorkError
        If there is no such folder or archive, or no package in it.
    """
    if path.is_dir():
        yield find_work(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with open_entries(path, inner=False) as entries:
                write_hand_in(HandIn(others=unpackable(entries)), Path(folder))
        except HandInError as error:
            raise WorkError(f"{path}: {error}") from error
        try:
            work = find_work(Path(folder))
        except WorkError as error:
            raise WorkError(f"no {PACKAGE}/ in {path}: is it an archive of this course?") from error
        yield work


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
