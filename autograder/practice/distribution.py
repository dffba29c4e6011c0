"""Pyodide for JupyterLite, from a folder: the interpreter, and the packages that the kernel and the notebooks need by its lock."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.practice.runtime import CORE, LOCK, PACKAGE, RuntimeFilesError, local_runtime

ENTRY = "pyodide.mjs"
"""The file that the kernel imports: its worker is a module, which cannot load a classic script."""
KERNEL = ("micropip", "ipython", "jedi")
NOTEBOOKS = (PACKAGE, "matplotlib")
_SEPARATORS = re.compile(r"[-_.]+")


def distribution_files(folder: Path) -> dict[str, bytes]:
    """Every file that the kernel may request, and a lock that lists these and no others.

    Parameters
    ----------
    folder : npm's ``pyodide`` of the pinned version, with a wheel for each package of its lock that is needed. Another build or version of
        a package is accepted: the lock that is written names it.

    Raises
    ------
    RuntimeFilesError
        When something is missing; the message names everything.
    """
    local_runtime(folder)
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    packages = lock["packages"]
    files = {name: (folder / name).read_bytes() for name in (*CORE[1:], ENTRY) if (folder / name).is_file()}
    missing = [] if ENTRY in files else [ENTRY]
    listed: dict[str, dict[str, Any]] = {}
    for project in _needed(packages):
        entry = packages[project]
        wheel = _wheel(folder, entry["file_name"])
        if wheel is None:
            missing.append(entry["file_name"])
            continue
        files[wheel.name] = wheel.read_bytes()
        changes = {"file_name": wheel.name, "sha256": hashlib.sha256(files[wheel.name]).hexdigest(), "version": wheel.name.split("-")[1]}
        listed[project] = {**entry, **changes}
    if missing:
        cure = "put them there, or build the site without JupyterLite: make book LITE=0"
        raise RuntimeFilesError(f"{folder} is not enough for JupyterLite, which also needs {', '.join(sorted(missing))}: {cure}")
    files[LOCK] = json.dumps({**lock, "packages": listed}).encode()
    return files


def _needed(packages: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    waiting, seen = list(KERNEL + NOTEBOOKS), set[str]()
    while waiting:
        project = _project(waiting.pop())
        if project not in seen:
            seen.add(project)
            waiting += packages[project]["depends"]
            yield project


def _wheel(folder: Path, name: str) -> Path | None:
    """The file that the lock names, or else the newest of the other wheels of that project."""
    if (folder / name).is_file():
        return folder / name
    project = _project(name.split("-")[0])
    return max((p for p in folder.glob("*.whl") if _project(p.name.split("-")[0]) == project), default=None)


def _project(name: str) -> str:
    """The normalized name of a project, as indexes compare it and as the lock uses it for a key."""
    return _SEPARATORS.sub("-", name).lower()
