"""Which files of this repository decide a mark: those that grading imports, finds by name, or reads as data."""

from __future__ import annotations

from modulefinder import ModuleFinder
from pathlib import Path

from autograder.paths import REPOSITORY

PACKAGE = "autograder"
BEGINS = "engine/grade.py"
"""All code that grades a submission is imported from here, directly or indirectly."""
BY_NAME = ("checks", "sandbox/worker")
"""Folders whose modules are not named by an import: the manifest names the hidden checks, and the sandbox starts the worker."""
DATA = (".toml", ".json")
"""Data that a module reads from its own folder, such as the catalogue of mistakes."""


def grading_code(root: Path = REPOSITORY) -> list[Path]:
    """The files of the autograder that can change a mark, in the order of their paths.

    They follow from the import statements, including those inside functions, so a module counts as long as
    grading imports it.

    Parameters
    ----------
    root : the repository; another one in tests.
    """
    package = root / PACKAGE
    modules = _imported(root, package)
    folders = {path.parent for path in modules}
    return sorted({*modules, *(path for path in package.rglob("*") if path.suffix in DATA and path.parent in folders)})


def _imported(root: Path, package: Path) -> set[Path]:
    """The modules where grading begins, what they import from this package, and the packages around all of these."""
    # Only this folder is searched, so modules of other packages count as missing and are not read. Types are imported from
    # `course`, which is a folder and not a package.
    finder = ModuleFinder([str(root)], excludes=["course"])
    for path in (package / BEGINS, *(path for folder in BY_NAME for path in sorted((package / folder).glob("*.py")))):
        finder.import_hook(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    return {path for file in files if file and (path := Path(file)).is_relative_to(package)}
