"""The files of the practice page, for the folder ``practice`` of the book's site."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.generate.package import package_files
from autograder.manifest import Course
from autograder.practice.runtime import local_runtime, public_runtime
from autograder.practice.tasks import course_data

HERE = Path(__file__).parent
PAGE = HERE / "page"
BUNDLE = HERE / "editor" / "editor.bundle.js"
LICENCES = HERE / "editor" / "LICENSES.txt"
PRACTICE = "practice"
"""The folder of the page, relative to the top of the site."""
PACKAGE_ZIP, DATA, ICON = "coursenn.zip", "course.json", "favicon.svg"
DEADLINES_MS = {"silence": 45_000, "answer": 120_000}
"""Milliseconds: for silence from the worker while Python loads, and for one answer."""
NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the zip, so that it has the same bytes each time."""


def practice_files(course: Course, pyodide: Path | None = None) -> dict[str, bytes]:
    """Every file of the page, path below `PRACTICE` -> content.

    Parameters
    ----------
    pyodide : a folder with Pyodide and numpy, which the site then holds; by default both come from their public address.

    Raises
    ------
    RuntimeFilesError
        When that folder does not hold what is pinned.
    """
    package = package_files(course)
    runtime = local_runtime(pyodide) if pyodide else public_runtime()
    data = course_data(course, package)
    data |= {"runtime": runtime.settings, "package": PACKAGE_ZIP, "deadlines": DEADLINES_MS}
    files = {path.name: path.read_bytes() for path in sorted(PAGE.iterdir()) if path.suffix in (".js", ".css", ".py")}
    files |= {"index.html": _index(data).encode(), DATA: json.dumps(data, ensure_ascii=False).encode(), PACKAGE_ZIP: _zipped(package)}
    files |= {BUNDLE.name: BUNDLE.read_bytes(), f"editor-{LICENCES.name}": LICENCES.read_bytes()}
    files[ICON] = (course.root.parent / "book" / "images" / ICON).read_bytes()
    return files | runtime.files


def practice_address(task: str) -> str:
    """Where the site has the exercise of a task, relative to its top."""
    return f"{PRACTICE}/index.html#{task}"


def _index(data: dict[str, object]) -> str:
    environment = Environment(loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("index.html.j2").render(data)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
