"""The graded copy of a submission: the folder that the formgrader shows, written beside the previous one and then put in its place.

Read for nbgrader 0.9.6: what is copied, and over what, is the rule of `init_assignment` in `converters/base.py` and
`converters/autograde.py`; what is ignored, the rule of `find_all_files` in `utils.py`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from fnmatch import translate
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.utils import is_solution

from autograder.gradebook import nodes
from autograder.intake.files import read_file
from autograder.manifest import Course
from autograder.workspace.workspace import Workspace

BEFORE = "before"


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A folder to write into, which replaces ``target`` at the end; after an exception ``target`` is unchanged.

    A kill leaves the old folder, the new one, or the old one set aside, where the next call finds it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _undo_what_a_kill_left(target)
    # nbgrader's patterns do not match hidden names.
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        new = work / "new"
        yield new
        if target.exists():
            os.rename(target, work / BEFORE)
        os.rename(new, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _undo_what_a_kill_left(target: Path) -> None:
    """Put the previous folder back if it was set aside; there is only one writer, so nobody else is using it."""
    for left in target.parent.glob(f".{target.name}-*"):
        if (left / BEFORE).is_dir() and not target.exists():
            os.rename(left / BEFORE, target)
        shutil.rmtree(left, ignore_errors=True)


def copy_files(
    workspace: Workspace, course: Course, converter: Autograde, student: str, assignment: str, folder: Path, graded: Mapping[str, bytes]
) -> None:
    """Write everything except the notebooks: what was handed in, the course's own files over it, stubs for missing files.

    Files that students edit are never overwritten. Files that nbgrader is told to ignore are left out.

    Parameters
    ----------
    graded : place, such as ``coursenn/layers.py`` -> what grading read there, wherever in the submission it was.
    """
    submitted, source = workspace.submitted(student, assignment), workspace.source(assignment)
    ignored = _pattern((*converter.coursedir.ignore, "*.ipynb"))
    edited = set(converter.exclude_overwriting.get(assignment, ()))
    stubs = {f"coursenn/{name}": source / "coursenn" / name for name in course.editable}
    files = {n: p for n, p in stubs.items() if n not in graded and p.is_file()}
    files |= {n: p for n, p in _walk(submitted, ignored) if n not in graded}
    files |= {n: p for n, p in _walk(source, ignored) if n not in edited}
    for name, path in files.items():
        write_file(folder / name, read_file(path), converter.permissions)
    for name, content in graded.items():
        if name not in files and not ignored.match(name.rpartition("/")[2]):
            write_file(folder / name, iter([content]), converter.permissions)


def write_file(path: Path, content: str | Iterator[bytes], permissions: int) -> None:
    """Write one file of a copy.

    Parameters
    ----------
    permissions : as nbgrader's setting has them, octal digits read as a decimal number: 444.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.writelines([content.encode("utf-8")] if isinstance(content, str) else content)
    path.chmod(int(str(permissions), 8))


def answers(folder: Path) -> dict[str, str]:
    """What a student has filled in, by the name of the cell, in a graded copy; empty if there is none."""
    cells = (cell for path in sorted(folder.glob("*.ipynb")) for cell in nodes.read(path).cells)
    return {str(cell.metadata.nbgrader.grade_id): answer_of(cell) for cell in cells if is_solution(cell)}


def answer_of(cell: NotebookNode) -> str:
    """The content of a cell: its text, and its pictures as a digest."""
    pictures = cell.get("attachments")
    digest = hashlib.sha256(json.dumps(pictures, sort_keys=True).encode()).hexdigest() if pictures else ""
    return f"{cell.source}\0{digest}" if digest else str(cell.source)


@functools.lru_cache(maxsize=8)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """File names that one of nbgrader's patterns matches: as in a shell, a wildcard does not match a leading dot."""
    return re.compile("|".join(translate(p) if p.startswith(".") else rf"(?!\.)(?:{translate(p)})" for p in patterns))


def _walk(folder: Path, ignored: re.Pattern[str]) -> Iterator[tuple[str, Path]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not ignored.match(f)]
        for name in names:
            if not ignored.match(name):
                path = Path(place, name)
                yield path.relative_to(folder).as_posix(), path
