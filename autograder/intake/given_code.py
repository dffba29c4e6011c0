"""Given modules that some task may not use: a sandbox has no files of them, and only processes that may use them get their code."""

from __future__ import annotations

import ast
import contextlib
import functools
import marshal
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograder.manifest import Course
from autograder.paths import module_name

FOR_STUDENTS = frozenset({"tasks.json", "checks.json", "known_mistakes.json", "task_hints.json"})
"""What the generators write into the package for the commands and visible checks of students: titles, addresses, hints."""
SOURCES_OF_EXTENSIONS = frozenset({".pyx", ".pxd", ".h", ".c", ".cpp"})


@functools.lru_cache(maxsize=4)
def withheld(course: Course) -> tuple[str, ...]:
    """Given files, relative to ``coursenn/``, whose modules some task may not use."""
    names = {name for task in course.tasks for name in task.absent}
    return tuple(file for file in course.given if file.endswith(".py") and names & _names_of(file))


def mounted(course: Course) -> dict[str, Path]:
    """Given files that a sandbox sees.

    Compiled extensions are not among them: the modules that use one compute without it. Nor is what is `FOR_STUDENTS`, so that no mark
    can follow from it.
    """
    hidden = frozenset(withheld(course)) | FOR_STUDENTS
    return {file: path for file, path in course.given.items() if file not in hidden and path.suffix not in SOURCES_OF_EXTENSIONS}


def allowed(course: Course, absent: Sequence[str]) -> tuple[str, ...]:
    """The `withheld` files that a task may use."""
    return tuple(file for file in withheld(course) if not _names_of(file) & set(absent))


def importable(file: str) -> str:
    """The module of a file as an import names it: ``pkg`` for ``pkg/__init__.py``."""
    return module_name(file).removesuffix("__init__").removesuffix(".")


def code_of(course: Course, file: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """A given module's code, as `marshal` writes it, for the wire."""
    return np.frombuffer(_compiled(course.given[file], file, course.given[file].stat().st_mtime_ns), np.uint8)


def public_names(course: Course, absent: Sequence[str]) -> dict[str, list[str]]:
    """The names that a star import brings from each given module that a task may not use, so that their use can be explained."""
    may = set(allowed(course, absent))
    return {
        importable(file): _definitions(course.given[file], course.given[file].stat().st_mtime_ns)
        for file in withheld(course)
        if file not in may
    }


def hidden_functions(course: Course, file: str) -> list[str]:
    """Functions of an editable file that some task may not use."""
    owner = f"{module_name(file)}."
    absent = {name for task in course.tasks for name in task.absent}
    return sorted(name.removeprefix(owner) for name in absent if name.startswith(owner) and "." not in name.removeprefix(owner))


def _names_of(file: str) -> set[str]:
    """What a manifest may call a module, or a package around it."""
    parts = importable(file).split(".")
    return {".".join(parts[:n]) for n in range(1, len(parts) + 1)}


@functools.lru_cache(maxsize=64)
def _compiled(path: Path, file: str, changed: int) -> bytes:
    with contextlib.suppress(SyntaxError, ValueError):
        return marshal.dumps(compile(path.read_bytes(), f"coursenn/{file}", "exec", dont_inherit=True))
    # A broken module says so when it is imported.
    return marshal.dumps(compile(f"raise ImportError({f'coursenn/{file} cannot be compiled'!r})", file, "exec", dont_inherit=True))


@functools.lru_cache(maxsize=64)
def _definitions(path: Path, changed: int) -> list[str]:
    with contextlib.suppress(SyntaxError, ValueError):
        body = ast.parse(path.read_bytes()).body
        return [n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]
    return []
