"""Given modules of the student package that the autograder itself uses."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from autograder.paths import REPOSITORY

if TYPE_CHECKING:
    from course.src.coursenn import _hand_in as hand_in

__all__ = ["IN_GRADING", "READING", "STUDENT_PACKAGE", "given_file", "given_files", "given_module", "hand_in"]

STUDENT_PACKAGE = REPOSITORY / "course" / "src" / "coursenn"
IN_GRADING = ("_older_numpy", "_places", "_relations", "_shape_relations")
"""The modules that make the messages of grading."""
READING = "_hand_in"
"""The package that reads hand-ins. ``from autograder.given_module import hand_in`` gives it, with its types."""
_PACKAGE = "autograder_given_modules"


def given_files() -> list[Path]:
    """The files of the given modules that can change a mark: those that read a hand-in, and those that make messages."""
    return [*sorted((STUDENT_PACKAGE / READING).glob("*.py")), *map(given_file, IN_GRADING)]


def given_file(name: str) -> Path:
    """The file of a given module."""
    return STUDENT_PACKAGE / f"{name}.py"


def given_module(name: str) -> ModuleType:
    """A given module of this repository, such as ``_relations``.

    The file is loaded directly, without ``import coursenn``: in the grading process that name means the reference for a while, and in
    a folder with a submission it may mean a student's package. So the module may import others of its package only by relative names.
    """
    if _PACKAGE not in sys.modules:
        package = ModuleType(_PACKAGE)
        package.__path__ = [str(STUDENT_PACKAGE)]
        sys.modules[_PACKAGE] = package
    return importlib.import_module(f"{_PACKAGE}.{name}")


if not TYPE_CHECKING:
    hand_in = given_module(READING)
