"""The student package as the public tree holds it, and a digest of it for the set-up cells."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from autograder.generate.checks import checks_json
from autograder.generate.known_mistakes import KNOWN_MISTAKES, known_mistakes_json
from autograder.generate.stubs import build_stubs
from autograder.generate.task_hints import TASK_HINTS, task_hints_json
from autograder.generate.tasks import CHECKS, TASKS, tasks_json
from autograder.manifest import Course

PACKAGE = "coursenn"


def package_files(course: Course) -> dict[str, bytes]:
    """Every file of the package, named as ``coursenn/layers.py``: given modules, stubs, and the generated JSON files.

    They are made from their sources, so the files on disk need not be up to date.
    """
    files = {
        f"{PACKAGE}/{name}": path.read_bytes()
        for name, path in course.given.items()
        if name not in (TASKS, CHECKS, KNOWN_MISTAKES, TASK_HINTS)
    }
    files |= {f"{PACKAGE}/{name}": text.encode() for name, text in build_stubs(course).items()}
    files[f"{PACKAGE}/{TASKS}"] = tasks_json(course).encode()
    files[f"{PACKAGE}/{CHECKS}"] = checks_json(course).encode()
    if (steps := task_hints_json(course)) is not None:
        files[f"{PACKAGE}/{TASK_HINTS}"] = steps.encode()
    if (known := known_mistakes_json(course)) is not None:
        files[f"{PACKAGE}/{KNOWN_MISTAKES}"] = known.encode()
    return files


def package_digest(files: Mapping[str, bytes]) -> str:
    """A digest of names and contents, independent of the archive: SHA-256 of lines ``NAME SHA256`` in the order of the names.

    The set-up cell of the notebooks computes the same.
    """
    lines = (f"{name} {hashlib.sha256(content).hexdigest()}\n" for name, content in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
